package com.example.shop

import dev.scanlogin.*
import java.nio.ByteBuffer
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking

/** An app that uses what shrinkers break: callbacks, asynchronous calls, records, errors, flows. */
class Session(private val token: String) : TokenProvider {
    override suspend fun token(refresh: Boolean) = UserToken(token, "user-alice")
}

object App {
    private var passed = 0

    private fun equal(what: String, expected: Any?, found: Any?) {
        if (found != expected) throw IllegalStateException("$what: $found")
        passed++
    }

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (url, app, pool, token, text) = arguments
        try {
            runBlocking { approve(url, app, pool, token, text) }
            println("$passed checks passed")
            exitProcess(0)
        } catch (error: Throwable) {
            println("failed after $passed checks: $error")
            exitProcess(1)
        }
    }

    private suspend fun approve(url: String, app: String, pool: String, token: String, text: String) {
        val logged = CompletableDeferred<Boolean>() // By another thread.
        ScanLogin.setLogSink { _, _, _ -> logged.complete(true) }
        val config = ScanLoginConfig(app, pool, url) {
            timeout = 20.seconds
            allowInsecureLoopback = true
        }
        val client: ScanLogin = ScanLoginClient(config, Session(token))
        try {
            client.readText("https://example.com/")
            throw IllegalStateException("a foreign code was not refused")
        } catch (error: ScanLoginException.NotALoginCode) {
            equal("the error says what is wrong", CodeFlaw.NOT_JSON, error.flaw)
        }
        try {
            client.readImage(ByteArray(3))
            throw IllegalStateException("what is no image was not refused")
        } catch (error: ScanLoginException.UnreadableImage) {
            equal("the error has texts for users", 2, Language.entries.map { error.userText(it) }.toSet().size)
        }
        val frame = CameraFrame(ByteBuffer.allocateDirect(640 * 480), 640, 480, 640)
        equal("a black frame is dark", listOf(FrameResult.TooDark), client.scan(flowOf(frame)).toList())
        val login = client.scanned(client.readText(text))
        equal("the user may decide", LoginState.SCANNED, login.refresh())
        login.confirm()
        equal("the progress ends with the login", listOf(LoginState.CONFIRMED), login.progress.toList().map { it.state })
        equal("the log was written", true, logged.await())
    }
}
