CREATE TABLE audit (
	seq BIGSERIAL NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	actor VARCHAR(100) NOT NULL,
	role VARCHAR(30) NOT NULL,
	act VARCHAR(60) NOT NULL,
	subject VARCHAR(64) NOT NULL,
	reason TEXT DEFAULT '' NOT NULL,
	details JSONB NOT NULL,
	PRIMARY KEY (seq)
);

CREATE INDEX audit_subject ON audit (subject);

CREATE TABLE inbox (
	queue VARCHAR(100) NOT NULL,
	message_id VARCHAR(64) NOT NULL,
	state VARCHAR(10) NOT NULL,
	type VARCHAR(100),
	subject VARCHAR(64),
	body BYTEA,
	attempts INTEGER DEFAULT '0' NOT NULL,
	crashes INTEGER DEFAULT '0' NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE,
	lease_owner VARCHAR(32),
	lease_until TIMESTAMP WITH TIME ZONE,
	error_code VARCHAR(64),
	last_error TEXT,
	received_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (queue, message_id)
);

CREATE INDEX inbox_dead ON inbox (received_at) WHERE state = 'dead';

CREATE INDEX inbox_due ON inbox (due_at) WHERE state IN ('trying', 'retrying');

CREATE TABLE outbox (
	seq BIGSERIAL NOT NULL,
	message_id VARCHAR(64) NOT NULL,
	routing_key VARCHAR(100) NOT NULL,
	subject VARCHAR(64) NOT NULL,
	traceparent VARCHAR(64) NOT NULL,
	body BYTEA NOT NULL,
	queues INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	available_at TIMESTAMP WITH TIME ZONE NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	lease_owner VARCHAR(32),
	lease_until TIMESTAMP WITH TIME ZONE,
	published_at TIMESTAMP WITH TIME ZONE,
	last_error TEXT,
	PRIMARY KEY (seq),
	UNIQUE (message_id)
);

CREATE INDEX outbox_subject ON outbox (subject);

CREATE INDEX outbox_unpublished ON outbox (available_at) WHERE published_at IS NULL;

CREATE TABLE settlements (
	message_id VARCHAR(64) NOT NULL,
	queue VARCHAR(100) NOT NULL,
	settled_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (message_id, queue)
);

CREATE TABLE timers (
	owner VARCHAR(40) NOT NULL,
	kind VARCHAR(60) NOT NULL,
	key VARCHAR(100) NOT NULL,
	due_at TIMESTAMP WITH TIME ZONE NOT NULL,
	generation INTEGER DEFAULT '1' NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	lease_owner VARCHAR(32),
	lease_until TIMESTAMP WITH TIME ZONE,
	last_error TEXT,
	PRIMARY KEY (owner, kind, key)
);

CREATE INDEX timers_due ON timers (due_at);
