"""From a committed event to the Buyer's listener, and the hub where Buyers register (87.1 sections 6.6.1 and 6.6.2).

    hub          registrations: register, read, end      callbacks, policy, event_query: what may be registered
    events       the notifications as JSON, pure          letters: where one goes, pure
    dispatcher   what is due, in order, again and again   courier: one HTTP call; schedule: when to try again, pure
    names        host names to addresses              proving, signing: how a listener knows us

Knows nothing of how a POQ comes to change, nor of the HTTP that Buyers speak to us.
"""
