package dev.scanlogin

import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.ObjectInputStream
import java.io.ObjectOutputStream
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue

fun Tests.errors() {
    test("an error says in its message what the core says, and its code") {
        Server().use { server ->
            val client = server.client()
            val error = assertFailsWith<ScanLoginException.NotALoginCode> { client.readText("[]") }
            assertEquals("this is not a login code: it is not a JSON object (not_a_login_code)", error.message)
            assertEquals("not_a_login_code", error.code)
            assertFalse(error.isRetryable)
            assertEquals("This is not a login code. Please scan the code on the sign-in page of the website.", error.userText(Language.ENGLISH))
            assertEquals("这不是登录二维码，请扫描网站登录页上的二维码。", error.userText(Language.SIMPLIFIED_CHINESE))
            assertFalse("@" in error.toString(), "$error")
        }
    }

    test("an error is sent to another process whole") {
        val client = ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com")) { null }
        val error = assertFailsWith<ScanLoginException> { client.readText("{}") }
        val bytes = ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(error) }.toByteArray()
        val copy = assertIs<ScanLoginException.NotALoginCode>(ObjectInputStream(ByteArrayInputStream(bytes)).readObject())
        assertEquals(error.message to error.userText(), copy.message to copy.userText())
    }

    test("the user's text is in the phone's language") {
        val before = java.util.Locale.getDefault()
        try {
            for ((tag, language) in listOf(
                "en-US" to Language.ENGLISH, "fr-FR" to Language.ENGLISH, "zh-CN" to Language.SIMPLIFIED_CHINESE,
                "zh" to Language.SIMPLIFIED_CHINESE, "zh-Hans-HK" to Language.SIMPLIFIED_CHINESE,
                "zh-TW" to Language.ENGLISH, "zh-Hant" to Language.ENGLISH,
            )) {
                java.util.Locale.setDefault(java.util.Locale.forLanguageTag(tag))
                assertEquals(language, Language.ofPhone(), tag)
            }
        } finally {
            java.util.Locale.setDefault(before)
        }
    }

    test("refusals from the core arrive as their own types, with their fields") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 2000)
            val text = server.text(server.makeCode())
            fun refused(text: String) = assertFailsWith<ScanLoginException> { client.readText(text) }
            assertEquals(CodeFlaw.NOT_JSON, assertIs<ScanLoginException.NotALoginCode>(refused("https://example.com")).flaw)
            val missing = assertIs<ScanLoginException.NotALoginCode>(refused(text.replace("random", "r")))
            assertEquals(CodeFlaw.MISSING_FIELD to "random", missing.flaw to missing.field)
            assertEquals("WXAPP_AUTH", assertIs<ScanLoginException.WrongScene>(refused(text.replace("APP_AUTH", "WXAPP_AUTH"))).found)
            assertEquals("another", assertIs<ScanLoginException.WrongUserPool>(refused(text.replace(server.pool, "another"))).found)

            suspend fun unread(picture: ByteArray) = runCatching { client.readImage(picture) }.exceptionOrNull()
            assertEquals(ImageFlaw.EMPTY, assertIs<ScanLoginException.UnreadableImage>(unread(ByteArray(0))).flaw)
            val heic = byteArrayOf(0, 0, 0, 16) + "ftypheic".toByteArray() + ByteArray(99)
            assertEquals(ImageFlaw.HEIF, assertIs<ScanLoginException.UnreadableImage>(unread(heic)).flaw)
            assertEquals(ImageFlaw.UNKNOWN_FORMAT, assertIs<ScanLoginException.UnreadableImage>(unread(ByteArray(99))).flaw)
            assertEquals(0, server.requests())
        }
    }

    test("text that is malformed UTF-16 is refused, wherever it is handed in") {
        Server().use { server ->
            for (alone in listOf("\uD800", "\uDC00")) {
                val client = server.client()
                val text = server.text(server.makeCode(customData = """{"a":"b"}"""))
                for (wrong in listOf(alone, text.replace("\"b\"", "\"$alone\""))) {
                    val refused = assertFailsWith<ScanLoginException.NotALoginCode> { client.readText(wrong) }
                    assertEquals(CodeFlaw.NOT_UTF8, refused.flaw)
                }
                for (config in listOf(
                    ScanLoginConfig("app$alone", "pool", "https://example.com"),
                    ScanLoginConfig("app", "pool$alone", "https://example.com"),
                    ScanLoginConfig("app", "pool", "https://example.com$alone"),
                    ScanLoginConfig("app", "pool", "https://example.com") { headerPrefix = "x$alone" },
                    ScanLoginConfig("app", "pool", "https://example.com") { rootCertificates = listOf(alone) },
                    ScanLoginConfig("app", "pool", "https://example.com") { pins = Pins(listOf(alone, alone)) },
                )) {
                    assertFailsWith<ScanLoginException.Config> { ScanLoginClient(config) { null } }
                }
                for (token in listOf(UserToken("token$alone"), UserToken("token", "user$alone"))) {
                    val failed = runCatching { server.client({ token }).scanned(client.readText(text)) }.exceptionOrNull()
                    assertEquals("the token or the user's id is malformed UTF-16", assertIs<ScanLoginException.TokenFailed>(failed).reason)
                }
            }
            assertEquals(0, server.requests())
        }
    }

    test("answers of the server arrive as their own types, with their fields") {
        Server().use { server ->
            suspend fun answered(body: String): ScanLoginException {
                val client = server.client(timeoutMillis = 2000)
                val code = client.readText(server.text(server.makeCode()))
                server.fault("reply", on = "scanned", times = 9, body = body)
                return assertIs<ScanLoginException>(runCatching { client.scanned(code) }.exceptionOrNull()).also { server.clearFaults() }
            }
            assertIs<ScanLoginException.SignedOut>(answered("""{"code":2020}"""))
            assertIs<ScanLoginException.CodeGone>(answered("""{"code":2241}"""))
            assertIs<ScanLoginException.MfaRequired>(answered("""{"code":1636}"""))
            assertEquals(2004, assertIs<ScanLoginException.UserNotInPool>(answered("""{"code":2004}""")).serverCode)
            val refused = assertIs<ScanLoginException.Refused>(answered("""{"code":1576,"message":"不行"}"""))
            assertEquals(1576L to "不行", refused.serverCode to refused.serverText)
            assertEquals(NetworkFailure.BAD_ANSWER, assertIs<ScanLoginException.Network>(answered("[]")).failure)

            server.setClock(-86_400)
            val old = server.text(server.makeCode())
            server.setClock(0)
            val client = server.client()
            client.warmUp()
            assertFailsWith<ScanLoginException.Expired> { client.readText(old) }
        }
    }

    test("decisions that are lost or taken arrive as their own types, and the same login is tried again") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 2000)
            val random = server.makeCode()
            val login = client.scanned(client.readText(server.text(random)))
            server.fault("drop", on = "confirm", afterEffect = true)
            server.fault("drop", on = "check", times = 99)
            val unknown = assertIs<ScanLoginException.OutcomeUnknown>(runCatching { login.confirm() }.exceptionOrNull())
            assertEquals(Decision.CONFIRM, unknown.decision)
            assertEquals(LoginState.OUTCOME_UNKNOWN, login.state)
            server.clearFaults()
            login.confirm()
            assertEquals(1, server.decisions(random))
            val decided = assertIs<ScanLoginException.AlreadyDecided>(runCatching { login.cancel() }.exceptionOrNull())
            assertEquals(Decision.CONFIRM, decided.decision)

            val taken = client.readText(server.text(server.makeCode()))
            server.client(user = "user-bob").scanned(taken)
            assertIs<ScanLoginException.TakenByAnotherUser>(runCatching { client.scanned(taken) }.exceptionOrNull())
        }
    }

    test("a server that is down is offline") {
        val server = Server()
        val client = server.client(timeoutMillis = 2000)
        val code = client.readText(server.text(server.makeCode()))
        server.close()
        val network = assertIs<ScanLoginException.Network>(runCatching { client.scanned(code) }.exceptionOrNull())
        assertEquals(NetworkFailure.OFFLINE, network.failure)
        assertTrue(network.isRetryable)
    }

    test("an object that is closed while it is handed over says so, and is not read any more") {
        repeat(200) { assertTrue("destroyed" in Generated.handOverWhileClosing().message!!) }
    }
}
