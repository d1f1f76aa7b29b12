"""What a Buyer reaches over HTTP: `server.build_application`, run by `listener.ApiRunner`.

Knows HTTP and the standard's errors; asks `gateway.qualification.port` for everything else.
"""
