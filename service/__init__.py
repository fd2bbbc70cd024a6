"""Starting and stopping the standing Airflow of one home. Nothing of the data flow is in here."""
