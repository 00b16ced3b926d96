package dev.scanlogin

import java.util.Collections
import java.util.concurrent.CountDownLatch
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.delay

private class Lines : LogSink {
    val lines: MutableList<String> = Collections.synchronizedList(mutableListOf())

    override fun log(level: LogLevel, target: String, text: String) {
        lines += "$level $target $text"
    }

    suspend fun await(what: String): String {
        while (true) {
            synchronized(lines) { lines.firstOrNull { what in it } }?.let { return it }
            delay(5)
        }
    }
}

fun Tests.secrets() {
    test("neither token nor random is printed, thrown or logged") {
        Server().use { server ->
            val log = Lines()
            ScanLogin.setLogSink(log)
            val token = server.issueToken("user-alice")
            val random = server.makeCode()
            val client = server.client(Tokens(token, "user-alice"), timeoutMillis = 2000)
            val code = client.readText(server.text(random))
            val login = client.scanned(code)
            server.fault("drop", on = "confirm")
            server.fault("drop", on = "check", times = 99)
            val error = runCatching { login.confirm() }.exceptionOrNull()!!
            val found = client.frameScanner().scan(CameraFrame(direct(server.plane(random)), WIDTH, HEIGHT, ROW_STRIDE))
            val printed = listOf(
                client, code, login, login.currentProgress, found, error, error.stackTraceToString(), UserToken(token, "user-alice"),
            ).joinToString("\n")
            assertTrue("[redacted]" in printed)
            log.await("/api/v2/qrcode/confirm")
            for (secret in listOf(token, random, "user-alice")) {
                assertFalse(secret in printed, printed)
                assertFalse(log.lines.any { secret in it }, "${log.lines}")
            }

            // A sink that was taken away gets nothing; one that throws harms nobody.
            log.await("a decision ended")
            ScanLogin.setLogSink(null)
            val before = log.lines.size
            client.warmUp()
            assertEquals(before, log.lines.size)
            ScanLogin.setLogSink { _, _, _ -> throw StackOverflowError() }
            client.warmUp()
            ScanLogin.setLogSink(null)
        }
    }

    test("a log sink that waits for the library, or never returns, holds up nothing, and what it misses is counted") {
        Server().use { server ->
            val forever = CountDownLatch(1)
            val log = Lines()
            val client = server.client()
            ScanLogin.setLogSink { level, target, text ->
                kotlinx.coroutines.runBlocking { client.warmUp() }
                forever.await()
                log.log(level, target, text)
            }
            try {
                val login = client.scanned(client.readText(server.text(server.makeCode())))
                // Each asks the server, and logs that.
                repeat(300) { login.refresh() }
                login.confirm()
            } finally {
                forever.countDown()
            }
            val count = log.await("lines were dropped").substringAfter("count=").toInt()
            assertTrue(count in 1..300, "$count")

            val other = Lines()
            ScanLogin.setLogSink { _, _, _ -> CountDownLatch(1).await() }
            client.warmUp()
            ScanLogin.setLogSink(other)
            client.scanned(client.readText(server.text(server.makeCode())))
            other.await("/api/v2/qrcode/scanned")
            ScanLogin.setLogSink(null)
        }
    }
}
