"""Everything that crosses the boundary: contracts, readers, intake, the warehouse and the outbox."""
