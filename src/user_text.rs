//! What a person may read of an error: one sentence on what happened, one on what to do.

use crate::error::{BindingFlaw, CodeFlaw, Decision, Error, NetworkFailure, VerificationFailure};
use crate::qr::ImageFlaw;

/// A language that the texts for users and the server's messages come in.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// English, sent as `en-US`.
    #[default]
    English,
    /// Simplified Chinese, sent as `zh-CN`.
    SimplifiedChinese,
}

impl Language {
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en-US",
            Self::SimplifiedChinese => "zh-CN",
        }
    }
}

impl Error {
    /// A text that an app may show to its user: what happened, and what to do.
    pub fn user_text(&self, language: Language) -> &'static str {
        let (english, chinese) = self.user_texts();
        match language {
            Language::English => english,
            Language::SimplifiedChinese => chinese,
        }
    }

    fn user_texts(&self) -> (&'static str, &'static str) {
        match self {
            Self::Config { .. } | Self::Internal => (
                "Scan login does not work in this app. Please report this to its maker.",
                "此应用的扫码登录无法使用，请联系应用开发者。",
            ),
            Self::UnreadableImage { flaw: ImageFlaw::Heif } => (
                "Pictures of this kind cannot be read. Please choose a screenshot, a JPEG or a PNG.",
                "不支持这种格式的图片，请选择截图或JPEG、PNG图片。",
            ),
            Self::UnreadableImage { .. } => (
                "This picture cannot be read. Please choose another one.",
                "无法读取这张图片，请换一张重试。",
            ),
            Self::NoCode => (
                "No QR code was found. Please move closer or choose a sharper picture.",
                "未发现二维码，请靠近一些或选择更清晰的图片。",
            ),
            Self::NotALoginCode { flaw: CodeFlaw::FastPass } => (
                "This code signs in a phone. Please scan the code on the sign-in page of the website.",
                "这是用于登录手机的二维码，请扫描网站登录页上的二维码。",
            ),
            Self::NotALoginCode { .. } => (
                "This is not a login code. Please scan the code on the sign-in page of the website.",
                "这不是登录二维码，请扫描网站登录页上的二维码。",
            ),
            Self::WrongScene { .. } => (
                "This code is for another kind of sign-in, and cannot be used in this app.",
                "此二维码用于其他登录方式，不能在本应用中使用。",
            ),
            Self::WrongUserPool { .. } => (
                "This code belongs to another service, and cannot be used in this app.",
                "此二维码属于其他服务，不能在本应用中使用。",
            ),
            Self::SourceNotAllowed { .. } => (
                "This app does not take login codes in this way. Please scan the code on the sign-in page of the website.",
                "本应用不接受以这种方式获取的登录二维码，请扫描网站登录页上的二维码。",
            ),
            Self::LifeTooLong => (
                "This login code does not meet the security rules of this app. Please report this to the website.",
                "此登录二维码不符合本应用的安全要求，请联系该网站。",
            ),
            Self::NotBound { flaw: BindingFlaw::NoPin } => (
                "The PIN is not valid any more. Please type a new one into the web page and scan again.",
                "PIN码已失效，请在网页上输入新的PIN码后重新扫描。",
            ),
            Self::NotBound { .. } => (
                "This code was not made with your PIN. If you did not start this login yourself, stop here. If you did, type the PIN into the web page and scan again.",
                "此二维码不是用您的PIN码生成的。如非本人发起登录，请停止操作；如是本人，请在网页上输入PIN码后重新扫描。",
            ),
            Self::ContextNotVerified { .. } => (
                "It could not be verified who made this code. Please open the website's sign-in page yourself and scan again.",
                "无法验证此二维码的来源，请自行打开网站登录页后重新扫描。",
            ),
            Self::Expired => (
                "The login code has expired. Please refresh the web page and scan again.",
                "登录二维码已过期，请刷新网页后重新扫描。",
            ),
            Self::SeveralLoginCodes { .. } => (
                "There is more than one login code in view. Please show just one.",
                "画面中有多个登录二维码，请只保留一个。",
            ),
            Self::SignedOut => (
                "You are signed out. Please sign in to this app, then scan again.",
                "您尚未登录，请先登录本应用再扫码。",
            ),
            Self::TokenFailed { .. } => (
                "Your sign-in could not be checked. Please try again.",
                "无法验证您的登录状态，请重试。",
            ),
            Self::UserNotInPool { .. } => (
                "Your account does not exist on this website. Please use another account.",
                "您的账号不存在于该网站，请换一个账号。",
            ),
            Self::Refused { .. } => (
                "The service refused the login. Please refresh the web page and scan again.",
                "服务拒绝了此次登录，请刷新网页后重新扫描。",
            ),
            Self::CodeGone => (
                "The login code is no longer valid. Please refresh the web page and scan again.",
                "登录二维码已失效，请刷新网页后重新扫描。",
            ),
            Self::TakenByAnotherUser => (
                "Someone else has scanned this code. Please refresh the web page and scan again.",
                "此二维码已被他人扫描，请刷新网页后重新扫描。",
            ),
            Self::UserChanged => (
                "Another account is signed in now. Please refresh the web page and scan again.",
                "当前登录的账号已更换，请刷新网页后重新扫描。",
            ),
            Self::UserNotVerified { failure: VerificationFailure::Declined, .. } => (
                "The login was not approved. You can still approve or decline it.",
                "您尚未授权此次登录，仍可授权或取消。",
            ),
            Self::UserNotVerified { .. } => (
                "It could not be verified that it is you. Please try again.",
                "无法确认是您本人操作，请重试。",
            ),
            Self::AlreadyDecided { decision: Decision::Confirm } => {
                ("This login was already approved.", "此次登录已被授权。")
            }
            Self::AlreadyDecided { decision: Decision::Cancel } => {
                ("This login was already declined.", "此次登录已被取消。")
            }
            Self::MfaRequired => (
                "A second verification step is needed. Please verify your identity first.",
                "需要二次验证，请先完成身份验证。",
            ),
            Self::Network { failure, .. } => network_texts(*failure),
            Self::PinMismatch => (
                "The connection is not safe. Please use another network.",
                "当前网络连接不安全，请更换网络。",
            ),
            Self::OutcomeUnknown { .. } => (
                "It is not known whether the login went through. Please look at the web page.",
                "无法确认登录是否成功，请查看网页上的状态。",
            ),
        }
    }
}

fn network_texts(failure: NetworkFailure) -> (&'static str, &'static str) {
    match failure {
        NetworkFailure::Offline => (
            "The service cannot be reached. Please check your connection and try again.",
            "无法连接服务，请检查网络后重试。",
        ),
        NetworkFailure::TimedOut | NetworkFailure::Interrupted => {
            ("The service did not answer. Please try again.", "服务没有响应，请重试。")
        }
        NetworkFailure::Tls => (
            "No safe connection could be made. Please check the date of your phone, or use another network.",
            "无法建立安全连接，请检查手机时间或更换网络。",
        ),
        NetworkFailure::ServerBusy => {
            ("The service is busy. Please try again in a moment.", "服务繁忙，请稍后重试。")
        }
        NetworkFailure::BadAnswer => (
            "The network gave an unexpected answer. Please use another network and try again.",
            "网络返回了异常内容，请更换网络后重试。",
        ),
    }
}
