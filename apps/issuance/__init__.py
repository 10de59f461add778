"""Statutory documents and certificates as PDFs, their seal register and verification, and the hand-over of results."""
