"""Things with no business meaning: errors, time, numbers, check digits, masking, files, paging, forms, template tags."""
