"""The public's pages: what can be applied for, applying from home, how a case stands, whether a document is genuine, what one has to say."""
