"""From facts to the deliveries that they call for. Pure: the same fact and directory give the same plan."""
