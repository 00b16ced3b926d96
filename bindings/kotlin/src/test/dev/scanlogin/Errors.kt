package dev.scanlogin

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertTrue

/** Every error, how it prints, its code, and whether to try again. */
private val ALL: List<Triple<ScanLoginException, String, String>> = listOf(
    Triple(ScanLoginException.Config("why"), "config", "the configuration is wrong: why"),
    Triple(ScanLoginException.UnreadableImage(ImageFlaw.DAMAGED), "unreadable_image", "the image cannot be read: it is damaged"),
    Triple(ScanLoginException.NoCode(), "no_code", "no QR code was found in the image"),
    Triple(ScanLoginException.NotALoginCode(CodeFlaw.MissingField("random")), "not_a_login_code", "this is not a login code: `random` is missing"),
    Triple(ScanLoginException.WrongScene("X"), "wrong_scene", "the code is for another kind of login: scene \"X\", not \"APP_AUTH\""),
    Triple(ScanLoginException.WrongUserPool("p"), "wrong_user_pool", "the code belongs to another user pool: \"p\""),
    Triple(ScanLoginException.Expired(), "expired", "the login code has expired"),
    Triple(ScanLoginException.SeveralLoginCodes(List(2) { List(4) { ImagePoint(0f, 0f) } }), "several_login_codes", "2 different login codes are in the image"),
    Triple(ScanLoginException.SignedOut(), "signed_out", "the user is not signed in"),
    Triple(ScanLoginException.TokenFailed("why"), "token_failed", "no token could be had: why"),
    Triple(ScanLoginException.UserNotInPool(2004), "user_not_in_pool", "the user does not exist in the code's user pool (server code 2004)"),
    Triple(ScanLoginException.Refused(1576, "prose"), "refused", "the server refused: code 1576"),
    Triple(ScanLoginException.CodeGone(), "code_gone", "the server does not know this login code"),
    Triple(ScanLoginException.TakenByAnotherUser(), "taken_by_another_user", "another user has scanned this login code"),
    Triple(ScanLoginException.UserChanged(), "user_changed", "the signed-in user has changed since the login code was scanned"),
    Triple(ScanLoginException.AlreadyDecided(Decision.CONFIRM), "already_decided", "the login was already confirmed"),
    Triple(ScanLoginException.MfaRequired(), "mfa_required", "the server asks for a second factor"),
    Triple(ScanLoginException.Network(NetworkFailure.OFFLINE, "why"), "network_offline", "the server could not be reached: why"),
    Triple(ScanLoginException.PinMismatch(), "pin_mismatch", "the server's key is not one of the pinned keys"),
    Triple(ScanLoginException.OutcomeUnknown(Decision.CANCEL), "outcome_unknown", "it is not known whether the login was cancelled"),
    Triple(ScanLoginException.Internal(), "internal", "internal fault of the library"),
    Triple(ScanLoginException.Cancelled(), "cancelled", "the call was cancelled"),
)

fun Tests.errors() {
    test("every error prints as the core words it, and has a code and texts") {
        val retryable = setOf("token_failed", "network_offline", "outcome_unknown", "cancelled")
        for ((error, code, printed) in ALL) {
            assertEquals(printed, error.toString())
            assertEquals(code, error.code())
            assertEquals(code in retryable, error.isRetryable(), code)
            if (code != "cancelled") {
                assertTrue(error.userText(Language.ENGLISH).endsWith("."), code)
                assertTrue(error.userText(Language.SIMPLIFIED_CHINESE).endsWith("。"), code)
            }
        }
        assertEquals(ScanLoginException::class.sealedSubclassNames(), ALL.map { it.first::class.java.simpleName }.toSet())
    }

    test("refusals from the core arrive as their own types, with their fields") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 2000)
            val text = server.text(server.makeCode())
            fun refused(text: String) = assertFailsWith<ScanLoginException> { client.readText(text) }
            assertIs<CodeFlaw.NotJson>(assertIs<ScanLoginException.NotALoginCode>(refused("https://example.com")).flaw)
            val flaw = assertIs<ScanLoginException.NotALoginCode>(refused(text.replace("random", "r"))).flaw
            assertEquals("random", assertIs<CodeFlaw.MissingField>(flaw).field)
            assertEquals("WXAPP_AUTH", assertIs<ScanLoginException.WrongScene>(refused(text.replace("APP_AUTH", "WXAPP_AUTH"))).found)
            assertEquals("another", assertIs<ScanLoginException.WrongUserPool>(refused(text.replace(server.pool, "another"))).found)

            suspend fun unread(picture: ByteArray) = runCatching { client.readImage(picture) }.exceptionOrNull()
            assertEquals(ImageFlaw.EMPTY, assertIs<ScanLoginException.UnreadableImage>(unread(ByteArray(0))).flaw)
            assertEquals(ImageFlaw.UNKNOWN_FORMAT, assertIs<ScanLoginException.UnreadableImage>(unread(ByteArray(99))).flaw)
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

    test("decisions that are lost or taken arrive as their own types") {
        Server().use { server ->
            val client = server.client(timeoutMillis = 2000)
            val random = server.makeCode()
            val login = client.scanned(client.readText(server.text(random)))
            server.fault("drop", on = "confirm", afterEffect = true)
            server.fault("drop", on = "check", times = 99)
            val unknown = assertIs<ScanLoginException.OutcomeUnknown>(runCatching { login.confirm() }.exceptionOrNull())
            assertEquals(Decision.CONFIRM, unknown.decision)
            assertEquals(LoginState.OUTCOME_UNKNOWN, login.state())
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
        assertTrue(network.isRetryable())
    }

    test("what is closed says so") {
        val client = ScanLoginClient(ScanLoginConfig("app", "pool", "https://example.com"), Tokens("t", "u"))
        client.close()
        assertFailsWith<IllegalStateException> { client.readText("{}") }
        assertFalse(client.toString().isEmpty())
    }
}

private fun kotlin.reflect.KClass<ScanLoginException>.sealedSubclassNames(): Set<String> =
    java.declaredClasses.filter { ScanLoginException::class.java.isAssignableFrom(it) }.map { it.simpleName }.toSet()
