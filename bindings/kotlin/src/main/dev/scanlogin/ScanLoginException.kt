@file:JvmName("-ScanLoginException") // Not a name in Java.

package dev.scanlogin

import dev.scanlogin.ffi.ErrorDetails
import dev.scanlogin.ffi.ErrorKind
import java.io.Serializable

/**
 * What went wrong, grouped by what the app does next. [message] is for logs and ends with the [code], [userText] is for the user;
 * neither holds the token or the code's secret.
 */
public sealed class ScanLoginException(private val texts: ErrorTexts) : Exception() {
    /** A sentence for logs, which ends with the [code]. */
    override val message: String get() = "${texts.logText} ($code)"

    /** A stable name for logs and statistics. It holds no data of the user. */
    public val code: String
        get() = when (this) {
            is Config -> "config"
            is UnreadableImage -> "unreadable_image"
            is NoCode -> "no_code"
            is NotALoginCode -> "not_a_login_code"
            is WrongScene -> "wrong_scene"
            is WrongUserPool -> "wrong_user_pool"
            is SourceNotAllowed -> "source_not_allowed"
            is LifeTooLong -> "life_too_long"
            is NotBound -> "not_bound"
            is ContextNotVerified -> "context_not_verified"
            is Expired -> "expired"
            is SeveralLoginCodes -> "several_login_codes"
            is SignedOut -> "signed_out"
            is TokenFailed -> "token_failed"
            is UserNotInPool -> "user_not_in_pool"
            is Refused -> "refused"
            is CodeGone -> "code_gone"
            is TakenByAnotherUser -> "taken_by_another_user"
            is UserChanged -> "user_changed"
            is UserNotVerified -> failure.code
            is AlreadyDecided -> "already_decided"
            is MfaRequired -> "mfa_required"
            is Network -> failure.code
            is PinMismatch -> "pin_mismatch"
            is OutcomeUnknown -> "outcome_unknown"
            is Internal -> "internal"
        }

    /** Whether the same call may succeed when it is made again. */
    public val isRetryable: Boolean get() = this is Network || this is TokenFailed || this is UserNotVerified || this is OutcomeUnknown

    /** A text that an app may show to its user: what happened, and what to do. By default in the phone's language. */
    @JvmOverloads
    public fun userText(language: Language = Language.ofPhone()): String = when (language) {
        Language.ENGLISH -> texts.english
        Language.SIMPLIFIED_CHINESE -> texts.simplifiedChinese
    }

    /** The configuration cannot work: [reason] says which setting, and why. Fix the app. */
    public class Config @JvmOverloads constructor(public val reason: String, texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** The image could not be read. Ask for another one. */
    public class UnreadableImage @JvmOverloads constructor(public val flaw: ImageFlaw, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The image shows no readable QR code. Ask for a sharper or closer one. */
    public class NoCode @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** What was scanned is not a login code: see [flaw], and the [field] of the code that has it, if it is in one. */
    public class NotALoginCode @JvmOverloads constructor(
        public val flaw: CodeFlaw,
        public val field: String? = null,
        texts: ErrorTexts = ErrorTexts(),
    ) : ScanLoginException(texts)

    /** The code belongs to another kind of login: [found] is its scene, made safe to show. */
    public class WrongScene @JvmOverloads constructor(public val found: String, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The code belongs to another user pool: [found], made safe to show. The user scans one of this product. */
    public class WrongUserPool @JvmOverloads constructor(public val found: String, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The configuration does not allow codes that were read from there: [found]. Tell the user how to scan. */
    public class SourceNotAllowed @JvmOverloads constructor(public val found: CodeSource, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The code lives longer than the configuration allows, or does not say for how long. The web site has to make other codes. */
    public class LifeTooLong @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /**
     * The code was not made with the PIN that this phone has issued, see [flaw]: somebody else may have started the login. The user
     * types a new PIN into the web page and scans again.
     */
    public class NotBound @JvmOverloads constructor(public val flaw: BindingFlaw, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /**
     * The context that the web page's server should have signed is not one that can be believed: see [flaw]. The code may be
     * somebody's forgery: the user opens the web page themselves and scans again.
     */
    public class ContextNotVerified @JvmOverloads constructor(public val flaw: ContextFlaw, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The code's time is over. The user refreshes the web page and scans again. */
    public class Expired @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** More than one login code is in the picture, at these [corners], four each. Ask the user to show just one. */
    public class SeveralLoginCodes @JvmOverloads constructor(
        public val corners: List<List<ImagePoint>> = emptyList(),
        texts: ErrorTexts = ErrorTexts(),
    ) : ScanLoginException(texts)

    /** The user is not signed in, or the server no longer takes the token, not even a fresh one. Sign in again. */
    public class SignedOut @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** The app's token provider failed, or gave a token that no header can carry: see [reason]. Try again. */
    public class TokenFailed @JvmOverloads constructor(public val reason: String, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The signed-in user does not exist in the code's user pool ([serverCode] 2004 or 2036). Another account is needed. */
    public class UserNotInPool @JvmOverloads constructor(public val serverCode: Long, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /**
     * The server said no for a reason that this library has no name for. [serverCode] is its code, or the HTTP status when the answer
     * held none, [serverText] its own text, made safe to show. Never branch on that.
     */
    public class Refused @JvmOverloads constructor(
        public val serverCode: Long,
        public val serverText: String,
        texts: ErrorTexts = ErrorTexts(),
    ) : ScanLoginException(texts)

    /** The server does not know the code, or no longer. The user refreshes the web page and scans again. */
    public class CodeGone @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** Another user has scanned the code. The user refreshes the web page and scans again. */
    public class TakenByAnotherUser @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /** Another user signed in to the app between scanning and deciding. Nothing was sent. The user scans again. */
    public class UserChanged @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /**
     * The app's [ConfirmGuard] did not consent to the confirm: see [failure]; [reason] is for logs. Nothing was sent. The user may
     * agree again, or decline.
     */
    public class UserNotVerified @JvmOverloads constructor(
        public val failure: VerificationFailure,
        public val reason: String = "",
        texts: ErrorTexts = ErrorTexts(),
    ) : ScanLoginException(texts)

    /** The login was decided before, and the other way or elsewhere: see [decision]. */
    public class AlreadyDecided @JvmOverloads constructor(public val decision: Decision, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** The server wants a second factor first (code 1636). */
    public class MfaRequired @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /**
     * The server was not reached, or gave no usable answer: [reason] is for logs. Try again, on the same login. A decision that
     * fails so was not done, as far as is known: if it was sent, the server was asked afterwards.
     */
    public class Network @JvmOverloads constructor(
        public val failure: NetworkFailure,
        public val reason: String = "",
        texts: ErrorTexts = ErrorTexts(),
    ) : ScanLoginException(texts)

    /** The server's key is none of the pinned ones. Never retried. */
    public class PinMismatch @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)

    /**
     * [decision] was sent and may have reached the server; what became of it could not be learned. Call the same method of the same
     * login again: that asks first, and decides only if it was not done.
     */
    public class OutcomeUnknown @JvmOverloads constructor(public val decision: Decision, texts: ErrorTexts = ErrorTexts()) :
        ScanLoginException(texts)

    /** A fault of this library. */
    public class Internal @JvmOverloads constructor(texts: ErrorTexts = ErrorTexts()) : ScanLoginException(texts)
}

/** What an error says. The library sets it; an app that makes an error for its own tests need not. */
public class ErrorTexts @JvmOverloads constructor(
    @get:JvmSynthetic internal val logText: String = "made by a test",
    @get:JvmSynthetic internal val english: String = "Made by a test.",
    @get:JvmSynthetic internal val simplifiedChinese: String = "测试。",
) : Serializable

internal fun ErrorDetails.toException(): ScanLoginException {
    val texts = ErrorTexts(logText, english, simplifiedChinese)
    return when (val kind = kind) {
        is ErrorKind.Config -> ScanLoginException.Config(kind.reason, texts)
        is ErrorKind.UnreadableImage -> ScanLoginException.UnreadableImage(kind.flaw.toPublic(), texts)
        ErrorKind.NoCode -> ScanLoginException.NoCode(texts)
        is ErrorKind.NotALoginCode -> ScanLoginException.NotALoginCode(kind.flaw.toPublic(), kind.flaw.field(), texts)
        is ErrorKind.WrongScene -> ScanLoginException.WrongScene(kind.found, texts)
        is ErrorKind.WrongUserPool -> ScanLoginException.WrongUserPool(kind.found, texts)
        is ErrorKind.SourceNotAllowed -> ScanLoginException.SourceNotAllowed(kind.found.toPublic(), texts)
        ErrorKind.LifeTooLong -> ScanLoginException.LifeTooLong(texts)
        is ErrorKind.NotBound -> ScanLoginException.NotBound(kind.flaw.toPublic(), texts)
        is ErrorKind.ContextNotVerified -> ScanLoginException.ContextNotVerified(kind.flaw.toPublic(), texts)
        ErrorKind.Expired -> ScanLoginException.Expired(texts)
        is ErrorKind.SeveralLoginCodes -> ScanLoginException.SeveralLoginCodes(kind.corners.map { it.toPublic() }, texts)
        ErrorKind.SignedOut -> ScanLoginException.SignedOut(texts)
        is ErrorKind.TokenFailed -> ScanLoginException.TokenFailed(kind.reason, texts)
        is ErrorKind.UserNotInPool -> ScanLoginException.UserNotInPool(kind.serverCode, texts)
        is ErrorKind.Refused -> ScanLoginException.Refused(kind.serverCode, kind.serverText, texts)
        ErrorKind.CodeGone -> ScanLoginException.CodeGone(texts)
        ErrorKind.TakenByAnotherUser -> ScanLoginException.TakenByAnotherUser(texts)
        ErrorKind.UserChanged -> ScanLoginException.UserChanged(texts)
        is ErrorKind.UserNotVerified -> ScanLoginException.UserNotVerified(kind.failure.toPublic(), kind.reason, texts)
        is ErrorKind.AlreadyDecided -> ScanLoginException.AlreadyDecided(kind.decision.toPublic(), texts)
        ErrorKind.MfaRequired -> ScanLoginException.MfaRequired(texts)
        is ErrorKind.Network -> ScanLoginException.Network(kind.failure.toPublic(), kind.reason, texts)
        ErrorKind.PinMismatch -> ScanLoginException.PinMismatch(texts)
        is ErrorKind.OutcomeUnknown -> ScanLoginException.OutcomeUnknown(kind.decision.toPublic(), texts)
        ErrorKind.Internal -> ScanLoginException.Internal(texts)
    }
}
