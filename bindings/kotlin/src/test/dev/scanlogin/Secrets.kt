package dev.scanlogin

import java.util.Collections
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue

private class Lines : LogSink {
    val lines: MutableList<String> = Collections.synchronizedList(mutableListOf())

    override fun log(level: LogLevel, target: String, text: String) {
        lines += "$level $target $text"
    }
}

fun Tests.secrets() {
    test("neither token nor random is printed, thrown or logged") {
        Server().use { server ->
            val log = Lines()
            setLogSink(log)
            val token = server.issueToken("user-alice")
            val random = server.makeCode()
            val client = server.client(Tokens(token, "user-alice"), timeoutMillis = 2000)
            val code = client.readText(server.text(random))
            val login = client.scanned(code)
            server.fault("drop", on = "confirm")
            server.fault("drop", on = "check", times = 99)
            val error = runCatching { login.confirm() }.exceptionOrNull()!!
            val printed = listOf(
                client, code, login, error, error.message, error.stackTraceToString(), UserToken(token, "user-alice"),
            ).joinToString("\n")
            assertTrue("[redacted]" in printed)
            assertTrue(log.lines.any { "/api/v2/qrcode/confirm" in it }, "${log.lines}")
            for (secret in listOf(token, random)) {
                assertFalse(secret in printed, printed)
                assertFalse(log.lines.any { secret in it }, "${log.lines}")
            }

            // A sink that was taken away gets nothing; one that throws harms nobody.
            setLogSink(null)
            val before = log.lines.size
            client.warmUp()
            assertEquals(before, log.lines.size)
            setLogSink(object : LogSink {
                override fun log(level: LogLevel, target: String, text: String) = throw IllegalStateException("full")
            })
            client.warmUp()
            setLogSink(null)
        }
    }
}
