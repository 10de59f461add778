"""Definitions: data elements, materials, service items and one-thing bundles, compiled to a frozen Plan."""
