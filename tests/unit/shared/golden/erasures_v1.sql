CREATE TABLE erasures (
	complaint_id VARCHAR(64) NOT NULL,
	parts JSONB NOT NULL,
	reason VARCHAR(20) NOT NULL,
	erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (complaint_id)
);

CREATE INDEX erasures_newest ON erasures (erased_at);
