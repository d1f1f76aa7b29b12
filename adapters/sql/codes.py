"""What the errors of databases mean, by their own codes: tables only. What is not in them is `broken`."""

from __future__ import annotations

import sqlite3

from adapters.base import Cause

# SQLSTATE to cause: the longest beginning that fits wins.
POSTGRES_STATES = {
    "08": Cause.UNREACHABLE,  # connection exceptions
    "57P": Cause.UNREACHABLE,  # shutting down, crashed, starting up
    "57014": Cause.TIMEOUT,  # statement_timeout
    "55P03": Cause.OVERLOADED,  # lock not available
    "53": Cause.OVERLOADED,  # too many connections, out of memory or disk
    "40": Cause.OVERLOADED,  # serialisation failure, deadlock
}
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY: Cause.OVERLOADED,
    sqlite3.SQLITE_LOCKED: Cause.OVERLOADED,
    sqlite3.SQLITE_INTERRUPT: Cause.TIMEOUT,
    sqlite3.SQLITE_CANTOPEN: Cause.UNREACHABLE,
}
# Error numbers of MariaDB and MySQL, and (from 2000 on) of their driver.
MYSQL_CODES = {
    **dict.fromkeys(
        (1053, 1129, 1152, 1158, 1159, 1160, 1161, 1184, 1927), Cause.UNREACHABLE
    ),  # going down, killed, net
    **dict.fromkeys((2002, 2003, 2005, 2006, 2012, 2013, 2014, 2055), Cause.UNREACHABLE),  # no host, gone away, lost
    **dict.fromkeys((1317, 1969, 3024), Cause.TIMEOUT),  # interrupted, max_statement_time, MAX_EXECUTION_TIME
    **dict.fromkeys((1040, 1203, 1226, 1037, 1038, 1041, 1135), Cause.OVERLOADED),  # connections, memory, threads
    **dict.fromkeys((1205, 1213, 1020, 1614, 3572), Cause.OVERLOADED),  # lock waited for, deadlock, row changed
}
# Oracle's and its driver's full codes, without the zeros in front.
ORACLE_CODES = {
    **dict.fromkeys(("ORA-28", "ORA-1012", "ORA-1033", "ORA-1034", "ORA-1089", "ORA-1090"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-3113", "ORA-3114", "ORA-3135", "ORA-12154", "ORA-12170", "ORA-12505"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-12514", "ORA-12528", "ORA-12537", "ORA-12541", "ORA-12543"), Cause.UNREACHABLE),
    **dict.fromkeys(("DPY-1001", "DPY-4011", "DPY-6000", "DPY-6001", "DPY-6003", "DPY-6005"), Cause.UNREACHABLE),
    **dict.fromkeys(("ORA-40", "ORA-1013", "DPY-4024"), Cause.TIMEOUT),  # cancelled, call_timeout
    **dict.fromkeys(("ORA-18", "ORA-20", "ORA-2391", "ORA-12516", "ORA-12518", "ORA-12519"), Cause.OVERLOADED),
    **dict.fromkeys(("ORA-54", "ORA-60", "ORA-1555", "ORA-4021", "ORA-8177", "ORA-30006"), Cause.OVERLOADED),
    **dict.fromkeys(("ORA-1652", "ORA-4030", "ORA-4031", "ORA-12520"), Cause.OVERLOADED),  # memory, temporary space
}
# Numbers of SQL Server, and (from 20000 on) of the library that speaks to it.
MSSQL_NUMBERS = {
    **dict.fromkeys((233, 6005, 10053, 10054, 10060, 17142, 40613), Cause.UNREACHABLE),  # shutting down, cut, moved
    **dict.fromkeys((20002, 20004, 20006, 20009, 20013, 20047), Cause.UNREACHABLE),  # connecting, reading, writing
    **dict.fromkeys((20003, 1222), Cause.TIMEOUT),  # the query's timeout, the lock's
    **dict.fromkeys((1205, 3960, 3961, 701, 8645, 17809, 10928, 10929, 40501), Cause.OVERLOADED),  # deadlock, memory
}
