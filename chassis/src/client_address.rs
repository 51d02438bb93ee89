//! Who is calling, when a proxy may stand between.
