package dev.scanlogin

import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue

private fun client(configure: ScanLoginConfig.Builder.() -> Unit) =
    ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com", configure)) { null }

private fun text(customData: String) = """{"scene":"APP_AUTH","random":"r","userPoolId":"pool","customData":$customData}"""

fun Tests.context() {
    // The key of RFC 8037, A.1.
    val jwk = """{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"""
    val signed = "eyJhbGciOiJFZERTQSJ9." +
        "eyJyYW5kb20iOiJyIiwidXNlclBvb2xJZCI6InBvb2wiLCJleHAiOjQxMDI0NDQ4MDAsImNsYWltcyI6eyJicm93c2VyIjoiRmlyZWZveCJ9fQ." +
        "OkHtN2LmkcDdJN8k_oTBmD8WrmTpJHpe0gJqCXkUF02orPMXbaeStyLSVbx3HTwiWuVzm1EzAjZQ11SCJl-zCg"

    test("claims that the web page's server has signed are verified") {
        val code = client { contextKeys = listOf(jwk) }.readText(text("""{"browser":"Chrome","signedContext":"$signed"}"""))
        assertTrue(code.hasVerifiedContext)
        assertEquals(listOf(Claim("browser", "Firefox")), code.claims)
        assertFalse(client {}.readText(text("""{"signedContext":"$signed"}""")).hasVerifiedContext)
    }

    test("a context that is wrong is refused, and one that is demanded is missed") {
        val demanding = client {
            contextKeys = listOf(jwk)
            requireVerifiedContext = true
        }
        fun flaw(customData: String) =
            assertFailsWith<ScanLoginException.ContextNotVerified> { demanding.readText(text(customData)) }.flaw
        assertEquals(ContextFlaw.MISSING, flaw("{}"))
        assertEquals(ContextFlaw.BAD_SIGNATURE, flaw("""{"signedContext":"${signed.replace(".OkH", ".AAA")}"}"""))
        assertFailsWith<ScanLoginException.Config> { client { requireVerifiedContext = true } }
        assertFailsWith<ScanLoginException.Config> { client { contextKeys = listOf("no key") } }
    }
}
