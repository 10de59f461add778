"""事项管理: the catalogue office's desk (part of oversight): definitions, versions, import, batches, export."""
