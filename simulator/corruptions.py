"""stub"""
def corrupt_world(world, share, seed): return {}
def corrupt_totals(world, b, share, seed): return {}
