"""What goes back to a department: receipts, error workbooks, issue workbooks."""
