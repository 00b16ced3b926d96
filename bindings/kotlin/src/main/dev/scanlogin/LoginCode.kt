package dev.scanlogin

import java.util.Date

/**
 * What a login code says, checked. A value: codes that say the same are equal. It prints without the secret that it holds, and
 * without its custom data.
 */
public class LoginCode internal constructor(private val said: dev.scanlogin.ffi.LoginCode) {
    /** A code as an app's own tests need it. A [ScanLoginClient] refuses it. */
    @JvmOverloads
    public constructor(userPoolId: String, createdAt: Date? = null, expiresAt: Date? = null, customData: String? = null) :
        this(dev.scanlogin.ffi.LoginCode("", userPoolId, createdAt?.time, expiresAt?.time, customData))

    @get:JvmSynthetic
    internal val text: String get() = said.text

    /** The user pool that the web page signs in to. */
    public val userPoolId: String get() = said.userPoolId

    /** When the code was made, by the server's clock, if it says so. */
    public val createdAt: Date? get() = said.createdAtMillis?.let(::Date)

    /** When the code expires, by the server's clock, if it says so. The phone's clock may be wrong: show [LoginProgress]. */
    public val expiresAt: Date? get() = said.expiresAtMillis?.let(::Date)

    /**
     * JSON of any type that the web page's maker put into the code, as it is written there. Anyone can make a code that says anything
     * here: show it as a claim, not as a fact, and without the control and bidirectional characters that it may hold.
     */
    public val customData: String? get() = said.customData

    override fun equals(other: Any?): Boolean = other is LoginCode && said == other.said

    override fun hashCode(): Int = said.hashCode()

    override fun toString(): String = "LoginCode(userPoolId=$userPoolId, expiresAt=$expiresAt)"
}
