"""What survives when the gateway is killed: a real process, SIGKILL at telling moments, everything checked afterwards.

plans       what each POQ asks for and what the legacy systems will say of it: data, made from a seed
outside     the world around the gateway, which outlives it: legacy service, Buyer's listener
moments     when to kill
process     the gateway's process: start, kill, stop; what its store holds while it is dead
buyer       a Buyer that posts and reads all the time and believes no sight that the last one does not allow
verdicts    whether a final POQ is what its plan implies, and its events what its history implies: pure
campaign    all of it together
"""
