/// Converts each way between an enum and the core's of the same name.
macro_rules! same_as_in_core {
    ($name:ident: $($variant:ident $({ $field:ident })?),+ $(,)?) => {
        impl From<scan_login::$name> for $name {
            fn from(value: scan_login::$name) -> Self {
                match value {
                    $(scan_login::$name::$variant $({ $field })? => Self::$variant $({ $field })?,)+
                }
            }
        }

        impl From<$name> for scan_login::$name {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant $({ $field })? => Self::$variant $({ $field })?,)+
                }
            }
        }
    };
}

pub(crate) use same_as_in_core;
