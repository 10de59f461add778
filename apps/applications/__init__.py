"""The heart: intake, supplements, acceptance, department review, decision and closing of applications by their Plan."""
