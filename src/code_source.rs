/// Where a login code was read from.
///
/// A camera or a picture shows that the code is on another screen. A text and a link are what someone
/// handed to the app, and may come from the same device: [`Config::allowed_sources`](crate::Config)
/// says which are taken.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CodeSource {
    /// A camera preview: [`FrameScanner`](crate::FrameScanner).
    Camera,
    /// A picture: [`Client::read_image`](crate::Client::read_image) and
    /// [`Client::read_frame`](crate::Client::read_frame).
    Image,
    /// A text that the app got in another way: [`Client::read_text`](crate::Client::read_text).
    Text,
    /// A link that opened the app: [`Client::read_link`](crate::Client::read_link).
    Link,
}

impl CodeSource {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Image => "image",
            Self::Text => "text",
            Self::Link => "link",
        }
    }
}
