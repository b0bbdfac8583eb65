"""Reports to what people and programs read: pure functions of a report, one file each."""
