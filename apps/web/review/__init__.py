"""部门审批: the department's inbox by clock, the case beside the opinion form, the head's decisions, the router's desk."""
