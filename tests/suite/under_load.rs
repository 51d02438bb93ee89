//! What happens while clients keep coming: a stop, another certificate, and more connections than
//! the process may have files open.

mod certificate;
mod conversation;
mod open_files;
mod stop;
