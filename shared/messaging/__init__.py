"""Movement: how a fact gets from one service's database into another's.

outbox.py     facts that a transaction says, stored with the change itself
relay.py      publishes them: the only place that does
broker.py     what a broker is to us; memory_broker.py (embedded); kombu_broker.py, pika_publisher.py and
                   pika_connection.py (RabbitMQ)
consumer.py   takes deliveries, one transaction for many, alone when something is wrong
inbox.py      recognises doubles, keeps retries and dead letters
topology.py   every exchange, queue and key, as data
"""
