"""The comprehensive counter (综合窗口): a clerk takes in, checks, accepts or tells what is missing, keyboard first."""
