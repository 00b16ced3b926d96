@file:JvmName("-ScanLoginConfig") // Not a name in Java.

package dev.scanlogin

import dev.scanlogin.ffi.Config
import java.util.Date
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/**
 * Where the user's account lives, and how to talk to it.
 *
 * Kotlin: `ScanLoginConfig(appId, userPoolId, baseUrl) { timeout = 10.seconds }`.
 * Java: `new ScanLoginConfig.Builder(appId, userPoolId, baseUrl).setTimeoutMillis(10_000).build()`.
 */
public class ScanLoginConfig private constructor(@get:JvmSynthetic internal val ffi: Config) {
    /**
     * @param appId the id of the application, from the console
     * @param userPoolId the id of the user pool that the signed-in user belongs to; codes of other pools are refused
     * @param baseUrl scheme, host and, if need be, port, such as `https://example.genauth.ai`. Nothing else decides where requests go
     * @param configure sets what is not to be as it is by default
     */
    @JvmOverloads
    public constructor(appId: String, userPoolId: String, baseUrl: String, configure: Builder.() -> Unit = {}) :
        this(Builder(appId, userPoolId, baseUrl).apply(configure).toFfi())

    override fun toString(): String = "ScanLoginConfig(appId=${ffi.appId}, userPoolId=${ffi.userPoolId}, baseUrl=${ffi.baseUrl})"

    /** What may be set. What is null is as by default. */
    public class Builder(private val appId: String, private val userPoolId: String, private val baseUrl: String) {
        /** Which generation of the API to call. By default [ApiVersion.V2], as the vendor's own SDKs do. */
        @set:JvmSynthetic
        public var api: ApiVersion? = null

        /** What the headers' names begin with; white-label editions have their own. By default `x-authing`. */
        @set:JvmSynthetic
        public var headerPrefix: String? = null

        /** How the token is written in the `Authorization` header. By default [AuthorizationForm.BEARER]. */
        @set:JvmSynthetic
        public var authorization: AuthorizationForm? = null

        /** The language of the server's messages, which are for logs. By default [Language.ENGLISH]. */
        @set:JvmSynthetic
        public var language: Language? = null

        /** How long a call may take in all, with its retries: 100 milliseconds to 10 minutes. By default 15 seconds. */
        @get:JvmSynthetic
        @set:JvmSynthetic
        public var timeout: Duration? = null

        /** Allows `http` when the host is a loopback address such as `127.0.0.1`. For tests. By default false. */
        @set:JvmSynthetic
        public var allowInsecureLoopback: Boolean? = null

        /** Certificates of the authorities to trust, as PEM. By default, or with none, those that Mozilla trusts. */
        @set:JvmSynthetic
        public var rootCertificates: List<String>? = null

        /** Keys that the server must prove to hold, besides a valid certificate. By default any. */
        @set:JvmSynthetic
        public var pins: Pins? = null

        /**
         * How long the user's consent lasts when there is a [ConfirmGuard]: from [ConfirmRequest.approve] to the sending of the confirm,
         * 1 second to 5 minutes. By default 30 seconds.
         */
        @get:JvmSynthetic
        @set:JvmSynthetic
        public var consentMaxAge: Duration? = null

        /**
         * The public keys that the web page's server may sign a code's context with, each the text of a JWK of Ed25519 or P-256. By
         * default none; nothing is verified.
         */
        @set:JvmSynthetic
        public var contextKeys: List<String>? = null

        /** Refuses codes without a signed context, with [ScanLoginException.ContextNotVerified]. By default false. */
        @set:JvmSynthetic
        public var requireVerifiedContext: Boolean? = null

        /** What a picture may cost. By default what [ImageLimits] says. */
        @set:JvmSynthetic
        public var imageLimits: ImageLimits? = null

        /**
         * Where codes may be read from. By default everywhere but [CodeSource.LINK], since a link is opened on the device that shows it.
         */
        @set:JvmSynthetic
        public var allowedSources: Set<CodeSource>? = null

        /** The origins of links that may carry a code, such as `https://login.example.com`. By default none. */
        @set:JvmSynthetic
        public var allowedLinkOrigins: List<String>? = null

        /**
         * How long a code may live, from when it was made until it expires: a second to 31 days. Unless this is 31 days, codes that do
         * not say both are refused, too. NIST SP 800-63B-4 (3.1.3) allows 10 minutes. By default 31 days.
         */
        @get:JvmSynthetic
        @set:JvmSynthetic
        public var maxCodeLife: Duration? = null

        /**
         * Refuses codes without the PIN that [ScanLogin.bindingPin] has issued. The web page has to ask for it. By default false.
         */
        @set:JvmSynthetic
        public var requireBindingPin: Boolean? = null

        public fun setApi(api: ApiVersion): Builder = apply { this.api = api }
        public fun setHeaderPrefix(prefix: String): Builder = apply { headerPrefix = prefix }
        public fun setAuthorization(form: AuthorizationForm): Builder = apply { authorization = form }
        public fun setLanguage(language: Language): Builder = apply { this.language = language }
        public fun setTimeoutMillis(millis: Long): Builder = apply { timeout = millis.milliseconds }
        public fun setAllowInsecureLoopback(allow: Boolean): Builder = apply { allowInsecureLoopback = allow }
        public fun setRootCertificates(pem: List<String>): Builder = apply { rootCertificates = pem }
        public fun setPins(pins: Pins): Builder = apply { this.pins = pins }
        public fun setConsentMaxAgeMillis(millis: Long): Builder = apply { consentMaxAge = millis.milliseconds }
        public fun setContextKeys(jwks: List<String>): Builder = apply { contextKeys = jwks }
        public fun setRequireVerifiedContext(require: Boolean): Builder = apply { requireVerifiedContext = require }
        public fun setImageLimits(limits: ImageLimits): Builder = apply { imageLimits = limits }
        public fun setAllowedSources(sources: Set<CodeSource>): Builder = apply { allowedSources = sources }
        public fun setAllowedLinkOrigins(origins: List<String>): Builder = apply { allowedLinkOrigins = origins }
        public fun setMaxCodeLifeMillis(millis: Long): Builder = apply { maxCodeLife = millis.milliseconds }
        public fun setRequireBindingPin(require: Boolean): Builder = apply { requireBindingPin = require }
        public fun build(): ScanLoginConfig = ScanLoginConfig(toFfi())

        // Nothing has a default on the other side: a new setting does not compile until it is here. Malformed UTF-16 cannot cross; what
        // stands for it is nothing that the library takes.
        @JvmSynthetic
        internal fun toFfi() = Config(
            appId = appId.wellFormed(),
            userPoolId = userPoolId.wellFormed(),
            baseUrl = baseUrl.wellFormed(),
            api = api?.toFfi(),
            headerPrefix = headerPrefix?.wellFormed(),
            authorization = authorization?.toFfi(),
            language = language?.toFfi(),
            timeoutMillis = timeout?.inWholeMilliseconds,
            allowInsecureLoopback = allowInsecureLoopback,
            rootCertificates = rootCertificates?.map { it.wellFormed() },
            pins = pins?.toFfi(),
            consentMaxAgeMillis = consentMaxAge?.inWholeMilliseconds,
            contextKeys = contextKeys?.map { it.wellFormed() },
            requireVerifiedContext = requireVerifiedContext,
            imageLimits = imageLimits?.toFfi(),
            allowedSources = allowedSources?.map { it.toFfi() },
            allowedLinkOrigins = allowedLinkOrigins?.map { it.wellFormed() },
            maxCodeLifeMillis = maxCodeLife?.inWholeMilliseconds,
            requireBindingPin = requireBindingPin,
        )
    }
}

/** Which calls the server is sent. */
public enum class ApiVersion {
    /** `/api/v2/qrcode/…`, as the vendor's own SDKs do. */
    V2,
    /** `/api/qrcode/…`, as the English GenAuth page writes it. */
    V2_UNVERSIONED,
    /** `/api/v3/set-qrcode-status`. */
    V3,
}

/** How the token stands in the `Authorization` header. */
public enum class AuthorizationForm {
    /** `Bearer` and the token. */
    BEARER,
    /** The token alone. */
    RAW,
}

/**
 * Keys that the server must prove to hold.
 *
 * @param sha256 Base64 of the SHA-256 of the SubjectPublicKeyInfo of the server's own certificate, at least two: one in use, one
 *   in reserve
 * @param until when to stop insisting, by the phone's clock, so that an app that is never updated goes on to work; null for never
 */
public class Pins @JvmOverloads constructor(private val sha256: List<String>, private val until: Date? = null) {
    @JvmSynthetic
    internal fun toFfi() = dev.scanlogin.ffi.Pins(sha256.map { it.wellFormed() }, until?.time)
}

/**
 * What a picture may cost. Over a limit it is refused before it is decoded. What is null is as by default.
 *
 * @param maxBytes the size of the encoded picture, in bytes; by default 20 MiB
 * @param maxPixels width times height; by default 50 million
 * @param maxMemory the memory that decoding may take, in bytes; by default 256 MiB
 */
public class ImageLimits @JvmOverloads constructor(
    private val maxBytes: Long? = null,
    private val maxPixels: Long? = null,
    private val maxMemory: Long? = null,
) {
    @JvmSynthetic
    internal fun toFfi() = dev.scanlogin.ffi.ImageLimits(maxBytes, maxPixels, maxMemory)
}

private fun ApiVersion.toFfi() = when (this) {
    ApiVersion.V2 -> dev.scanlogin.ffi.ApiVersion.V2
    ApiVersion.V2_UNVERSIONED -> dev.scanlogin.ffi.ApiVersion.V2_UNVERSIONED
    ApiVersion.V3 -> dev.scanlogin.ffi.ApiVersion.V3
}

private fun AuthorizationForm.toFfi() = when (this) {
    AuthorizationForm.BEARER -> dev.scanlogin.ffi.AuthorizationForm.BEARER
    AuthorizationForm.RAW -> dev.scanlogin.ffi.AuthorizationForm.RAW
}

private fun Language.toFfi() = when (this) {
    Language.ENGLISH -> dev.scanlogin.ffi.Language.ENGLISH
    Language.SIMPLIFIED_CHINESE -> dev.scanlogin.ffi.Language.SIMPLIFIED_CHINESE
}
