"""Signing in and out, the second factor, one's own password: the door before every desk."""
