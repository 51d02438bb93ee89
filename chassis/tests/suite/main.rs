//! What a client on the wire sees of a service built on the chassis.
