"""The public's pages: what can be applied for, how a case stands, whether a document is genuine."""
