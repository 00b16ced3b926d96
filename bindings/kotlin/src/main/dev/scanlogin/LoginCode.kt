@file:JvmName("-LoginCode") // Not a name in Java.

package dev.scanlogin

import java.io.Serializable
import java.util.Date

/**
 * What a login code says, checked. A value: codes that say the same are equal, wherever they were read. It prints without the secret
 * that it holds, and without its custom data.
 */
public class LoginCode internal constructor(private val said: dev.scanlogin.ffi.LoginCode) {
    /** A code as an app's own tests need it. A [ScanLoginClient] refuses it. */
    @JvmOverloads
    public constructor(
        userPoolId: String,
        createdAt: Date? = null,
        expiresAt: Date? = null,
        customData: String? = null,
        claims: List<Claim> = emptyList(),
        warnings: List<CodeWarning> = emptyList(),
        source: CodeSource = CodeSource.CAMERA,
        hasVerifiedContext: Boolean = false,
    ) : this(
        dev.scanlogin.ffi.LoginCode(
            "", source.toFfi(), userPoolId, createdAt?.time, expiresAt?.time, customData,
            claims.map { dev.scanlogin.ffi.Claim(it.name, it.value) }, warnings.map { it.toFfi() }, hasVerifiedContext,
        ),
    )

    @get:JvmSynthetic
    internal val text: String get() = said.text

    /** Where the code was read from. */
    public val source: CodeSource get() = said.source.toPublic()

    /** The user pool that the web page signs in to. */
    public val userPoolId: String get() = said.userPoolId

    /** When the code was made, by the server's clock, if it says so. */
    public val createdAt: Date? get() = said.createdAtMillis?.let(::Date)

    /** When the code expires, by the server's clock, if it says so. The phone's clock may be wrong: show [LoginProgress]. */
    public val expiresAt: Date? get() = said.expiresAtMillis?.let(::Date)

    /**
     * JSON of any type that the web page's maker put into the code, as it is written there, with the control and bidirectional
     * characters that it may hold. [claims] can be shown.
     */
    public val customData: String? get() = said.customData

    /**
     * The entries of the custom data but for what is for the library, in the order in which they are written there, at most 32, made
     * safe to show. Anyone can make a code that says anything: show them as claims, not as facts. With a verified context, they are
     * what that says, and nothing else.
     */
    public val claims: List<Claim> get() = said.claims.map { Claim(it.name, it.value) }

    /**
     * Whether the [claims] are what the web page's server has signed: the client that read the code has verified that, with the
     * [keys][ScanLoginConfig.Builder.contextKeys] that it is configured with.
     */
    public val hasVerifiedContext: Boolean get() = said.hasVerifiedContext

    /** What is weak about the code. None of it is a reason to refuse it. */
    public val warnings: List<CodeWarning> get() = said.warnings.map { it.toPublic() }

    override fun equals(other: Any?): Boolean = other is LoginCode && said.copy(source = other.said.source) == other.said

    override fun hashCode(): Int = said.text.hashCode() + said.userPoolId.hashCode()

    override fun toString(): String = "LoginCode(userPoolId=$userPoolId, expiresAt=$expiresAt)"
}

/**
 * What a code says of the login in an entry of its custom data, made safe to show: in one line, of at most 120 characters each. A text
 * that looks like a link is just a text: do not make it one.
 *
 * @property name the entry's name; empty when the custom data is a single value
 * @property value its value: a text as it is, anything else as compact JSON
 */
public data class Claim(public val name: String, public val value: String) : Serializable

/**
 * A one-time PIN that ties a login to the user of this phone. It prints without its digits.
 *
 * @property digits six decimal digits, for the user's eyes
 * @property validForSeconds how long it may be used, from when it was issued
 */
public class BindingPin(public val digits: String, public val validForSeconds: Long) {
    override fun toString(): String = "BindingPin(validForSeconds=$validForSeconds)"
}

/** Where a login code was read from. */
public enum class CodeSource {
    /** A camera preview: [ScanLogin.scan] and [ScanLogin.frameScanner]. */
    CAMERA,
    /** A picture: [ScanLogin.readImage] and [ScanLogin.readFrame]. */
    IMAGE,
    /** A text that the app got in another way: [ScanLogin.readText]. */
    TEXT,
    /** A link that opened the app: [ScanLogin.readLink]. */
    LINK,
}

/** What is weak about a code that may be used: for logs, and for an app that wants to say more on the screen that asks. */
public enum class CodeWarning {
    /** The id has fewer than 128 bits, by its length and the kinds of characters in it: someone else might guess it. */
    SHORT_ID,
    /** The code lives for more than 10 minutes, the longest time that NIST SP 800-63B-4 (3.1.3) allows. */
    LONG_LIFE,
    /** The code does not say both when it was made and when it expires. */
    UNKNOWN_LIFE,
}

internal fun CodeSource.toFfi() = when (this) {
    CodeSource.CAMERA -> dev.scanlogin.ffi.CodeSource.CAMERA
    CodeSource.IMAGE -> dev.scanlogin.ffi.CodeSource.IMAGE
    CodeSource.TEXT -> dev.scanlogin.ffi.CodeSource.TEXT
    CodeSource.LINK -> dev.scanlogin.ffi.CodeSource.LINK
}

internal fun dev.scanlogin.ffi.CodeSource.toPublic() = when (this) {
    dev.scanlogin.ffi.CodeSource.CAMERA -> CodeSource.CAMERA
    dev.scanlogin.ffi.CodeSource.IMAGE -> CodeSource.IMAGE
    dev.scanlogin.ffi.CodeSource.TEXT -> CodeSource.TEXT
    dev.scanlogin.ffi.CodeSource.LINK -> CodeSource.LINK
}

internal fun CodeWarning.toFfi() = when (this) {
    CodeWarning.SHORT_ID -> dev.scanlogin.ffi.CodeWarning.SHORT_ID
    CodeWarning.LONG_LIFE -> dev.scanlogin.ffi.CodeWarning.LONG_LIFE
    CodeWarning.UNKNOWN_LIFE -> dev.scanlogin.ffi.CodeWarning.UNKNOWN_LIFE
}

internal fun dev.scanlogin.ffi.CodeWarning.toPublic() = when (this) {
    dev.scanlogin.ffi.CodeWarning.SHORT_ID -> CodeWarning.SHORT_ID
    dev.scanlogin.ffi.CodeWarning.LONG_LIFE -> CodeWarning.LONG_LIFE
    dev.scanlogin.ffi.CodeWarning.UNKNOWN_LIFE -> CodeWarning.UNKNOWN_LIFE
}
