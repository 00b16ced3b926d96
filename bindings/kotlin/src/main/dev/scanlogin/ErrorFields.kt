@file:JvmName("-ErrorFields") // Not a name in Java.

package dev.scanlogin

import java.util.Locale

/** What the user decided about a login. */
public enum class Decision {
    /** The web page is signed in. */
    CONFIRM,
    /** The web page is told no. */
    CANCEL,
}

/** How the network failed. */
public enum class NetworkFailure(@get:JvmSynthetic internal val code: String) {
    /** No connection: no network, no such host, or nothing listens there. */
    OFFLINE("network_offline"),
    /** No answer within the configured timeout. */
    TIMED_OUT("network_timed_out"),
    /** The server's certificate was not accepted, or no common TLS version was found. */
    TLS("network_tls"),
    /** The connection broke while the answer was awaited. */
    INTERRUPTED("network_interrupted"),
    /** The server answered with HTTP 429 or 5xx. */
    SERVER_BUSY("network_server_busy"),
    /** The answer is not one of this API: a redirect, a web page, too long, not JSON. */
    BAD_ANSWER("network_bad_answer"),
}

/** Why the signed context of a code is not believed. */
public enum class ContextFlaw {
    /** There is none, and the configuration demands one. */
    MISSING,
    /** It is not a JWS as this library reads them. */
    MALFORMED,
    /** The id of the key that it was signed with is not one of the configured ones. */
    UNKNOWN_KEY,
    /** Its algorithm is not the key's. */
    WRONG_ALGORITHM,
    /** No configured key has made its signature. */
    BAD_SIGNATURE,
    /** It was signed for a code with another id, or of another user pool. */
    OTHER_CODE,
}

/** Why there is no consent to a confirm. */
public enum class VerificationFailure(@get:JvmSynthetic internal val code: String) {
    /** The user said no. */
    DECLINED("user_not_verified_declined"),
    /** The guard failed. */
    FAILED("user_not_verified_failed"),
    /** The guard did not answer in time. */
    TIMED_OUT("user_not_verified_timed_out"),
    /** The consent was given too long ago, see [ScanLoginConfig.Builder.consentMaxAge]. */
    TOO_OLD("user_not_verified_too_old"),
    /** The guard returned the consent to another request. */
    OTHER_REQUEST("user_not_verified_other_request"),
}

/** Why an image cannot be read. */
public enum class ImageFlaw {
    /** There are no bytes. */
    EMPTY,
    /** The bytes are no picture of a known format. */
    UNKNOWN_FORMAT,
    /** HEIC or AVIF, which phones store. Decode it with the platform, and hand it to [ScanLogin.readFrame]. */
    HEIF,
    /** The file, its pixels or its memory are over the configured limits. */
    TOO_LARGE,
    /** The picture is cut off or broken. */
    DAMAGED,
    /** The strides, the size and the length of a camera frame do not fit together. */
    BAD_LAYOUT,
    /** Looking for a code takes longer than the configured timeout, or would. */
    TOOK_TOO_LONG,
    /** A decoder failed in a way that it should not. */
    DECODER_FAILED,
}

/** Why a text is not a login code. */
public enum class CodeFlaw {
    /** The text is over 4 KiB. */
    TOO_LONG,
    /** The text is not UTF-8, or malformed UTF-16. */
    NOT_UTF8,
    /** The text is not JSON, for example a web address. */
    NOT_JSON,
    /** The text is JSON, but not an object. */
    NOT_AN_OBJECT,
    /** Objects and arrays are nested more than 16 deep. */
    TOO_DEEP,
    /** It signs a phone in from a web page, not a web page from a phone. */
    FAST_PASS,
    /** It is a link, but not one of an origin that the configuration allows. */
    FOREIGN_LINK,
    /** A code with the same id was marked scanned before, and said something else. */
    CONFLICTING,
    /** A field is not there. */
    MISSING_FIELD,
    /** A field is there twice, has the wrong type, or a value that it cannot have. */
    MALFORMED_FIELD,
}

/** Why a code is not bound to this phone by its PIN. */
public enum class BindingFlaw {
    /** No PIN is open: none was issued, it is over, it was used for another code, or codes with five other PINs were seen since. */
    NO_PIN,
    /** The code has no PIN. */
    MISSING_PIN,
    /** The code has another PIN than the one that was issued last. */
    WRONG_PIN,
    /** The code was made before the PIN was issued, or may have been, or does not say when. */
    MADE_BEFORE_PIN,
}

/** A language that the texts for users and the server's messages come in. */
public enum class Language {
    /** English. */
    ENGLISH,
    /** Simplified Chinese. */
    SIMPLIFIED_CHINESE,
    ;

    public companion object {
        /** Simplified Chinese on a phone that speaks that, else English. */
        @JvmStatic
        public fun ofPhone(): Language {
            val locale = Locale.getDefault()
            val isTraditional = locale.script == "Hant" || (locale.script.isEmpty() && locale.country in setOf("TW", "HK", "MO"))
            return if (locale.language == "zh" && !isTraditional) SIMPLIFIED_CHINESE else ENGLISH
        }
    }
}

internal fun dev.scanlogin.ffi.Decision.toPublic() = when (this) {
    dev.scanlogin.ffi.Decision.CONFIRM -> Decision.CONFIRM
    dev.scanlogin.ffi.Decision.CANCEL -> Decision.CANCEL
}

internal fun dev.scanlogin.ffi.NetworkFailure.toPublic() = when (this) {
    dev.scanlogin.ffi.NetworkFailure.OFFLINE -> NetworkFailure.OFFLINE
    dev.scanlogin.ffi.NetworkFailure.TIMED_OUT -> NetworkFailure.TIMED_OUT
    dev.scanlogin.ffi.NetworkFailure.TLS -> NetworkFailure.TLS
    dev.scanlogin.ffi.NetworkFailure.INTERRUPTED -> NetworkFailure.INTERRUPTED
    dev.scanlogin.ffi.NetworkFailure.SERVER_BUSY -> NetworkFailure.SERVER_BUSY
    dev.scanlogin.ffi.NetworkFailure.BAD_ANSWER -> NetworkFailure.BAD_ANSWER
}

internal fun dev.scanlogin.ffi.ContextFlaw.toPublic() = when (this) {
    dev.scanlogin.ffi.ContextFlaw.MISSING -> ContextFlaw.MISSING
    dev.scanlogin.ffi.ContextFlaw.MALFORMED -> ContextFlaw.MALFORMED
    dev.scanlogin.ffi.ContextFlaw.UNKNOWN_KEY -> ContextFlaw.UNKNOWN_KEY
    dev.scanlogin.ffi.ContextFlaw.WRONG_ALGORITHM -> ContextFlaw.WRONG_ALGORITHM
    dev.scanlogin.ffi.ContextFlaw.BAD_SIGNATURE -> ContextFlaw.BAD_SIGNATURE
    dev.scanlogin.ffi.ContextFlaw.OTHER_CODE -> ContextFlaw.OTHER_CODE
}

internal fun dev.scanlogin.ffi.VerificationFailure.toPublic() = when (this) {
    dev.scanlogin.ffi.VerificationFailure.DECLINED -> VerificationFailure.DECLINED
    dev.scanlogin.ffi.VerificationFailure.FAILED -> VerificationFailure.FAILED
    dev.scanlogin.ffi.VerificationFailure.TIMED_OUT -> VerificationFailure.TIMED_OUT
    dev.scanlogin.ffi.VerificationFailure.TOO_OLD -> VerificationFailure.TOO_OLD
    dev.scanlogin.ffi.VerificationFailure.OTHER_REQUEST -> VerificationFailure.OTHER_REQUEST
}

internal fun dev.scanlogin.ffi.ImageFlaw.toPublic() = when (this) {
    dev.scanlogin.ffi.ImageFlaw.EMPTY -> ImageFlaw.EMPTY
    dev.scanlogin.ffi.ImageFlaw.UNKNOWN_FORMAT -> ImageFlaw.UNKNOWN_FORMAT
    dev.scanlogin.ffi.ImageFlaw.HEIF -> ImageFlaw.HEIF
    dev.scanlogin.ffi.ImageFlaw.TOO_LARGE -> ImageFlaw.TOO_LARGE
    dev.scanlogin.ffi.ImageFlaw.DAMAGED -> ImageFlaw.DAMAGED
    dev.scanlogin.ffi.ImageFlaw.BAD_LAYOUT -> ImageFlaw.BAD_LAYOUT
    dev.scanlogin.ffi.ImageFlaw.TOOK_TOO_LONG -> ImageFlaw.TOOK_TOO_LONG
    dev.scanlogin.ffi.ImageFlaw.DECODER_FAILED -> ImageFlaw.DECODER_FAILED
}

internal fun dev.scanlogin.ffi.BindingFlaw.toPublic() = when (this) {
    dev.scanlogin.ffi.BindingFlaw.NO_PIN -> BindingFlaw.NO_PIN
    dev.scanlogin.ffi.BindingFlaw.MISSING_PIN -> BindingFlaw.MISSING_PIN
    dev.scanlogin.ffi.BindingFlaw.WRONG_PIN -> BindingFlaw.WRONG_PIN
    dev.scanlogin.ffi.BindingFlaw.MADE_BEFORE_PIN -> BindingFlaw.MADE_BEFORE_PIN
}

internal fun dev.scanlogin.ffi.CodeFlaw.toPublic() = when (this) {
    dev.scanlogin.ffi.CodeFlaw.TooLong -> CodeFlaw.TOO_LONG
    dev.scanlogin.ffi.CodeFlaw.NotUtf8 -> CodeFlaw.NOT_UTF8
    dev.scanlogin.ffi.CodeFlaw.NotJson -> CodeFlaw.NOT_JSON
    dev.scanlogin.ffi.CodeFlaw.NotAnObject -> CodeFlaw.NOT_AN_OBJECT
    dev.scanlogin.ffi.CodeFlaw.TooDeep -> CodeFlaw.TOO_DEEP
    dev.scanlogin.ffi.CodeFlaw.FastPass -> CodeFlaw.FAST_PASS
    dev.scanlogin.ffi.CodeFlaw.ForeignLink -> CodeFlaw.FOREIGN_LINK
    dev.scanlogin.ffi.CodeFlaw.Conflicting -> CodeFlaw.CONFLICTING
    is dev.scanlogin.ffi.CodeFlaw.MissingField -> CodeFlaw.MISSING_FIELD
    is dev.scanlogin.ffi.CodeFlaw.MalformedField -> CodeFlaw.MALFORMED_FIELD
}

internal fun dev.scanlogin.ffi.CodeFlaw.field(): String? = when (this) {
    is dev.scanlogin.ffi.CodeFlaw.MissingField -> field
    is dev.scanlogin.ffi.CodeFlaw.MalformedField -> field
    else -> null
}
