//! The byte layout in which columns cross into JavaScript, shared by the bindings
