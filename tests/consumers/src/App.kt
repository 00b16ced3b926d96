package com.example.shop

import dev.scanlogin.*
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import java.nio.ByteBuffer
import kotlin.system.exitProcess

/** An app that uses what shrinkers break: callbacks, asynchronous calls, records, errors, flows. */
class Session(private val token: String) : TokenProvider {
    override suspend fun token(refresh: Boolean) = UserToken(token, "user-alice")
}

object App {
    private var passed = 0

    private fun check(what: String, holds: Boolean) {
        if (!holds) throw IllegalStateException(what)
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
        var lines = 0
        setLogSink(object : LogSink {
            override fun log(level: LogLevel, target: String, text: String) { lines++ }
        })
        val client = ScanLoginClient(ScanLoginConfig(app, pool, url, allowInsecureLoopback = true), Session(token))
        try {
            client.readText("https://example.com/")
            check("a foreign code is refused", false)
        } catch (error: ScanLoginException) {
            check("the error has a text", !error.message.isNullOrEmpty())
        }
        try {
            client.readImage(ByteArray(3))
            check("what is no picture is refused", false)
        } catch (error: ScanLoginException) {
            check("the error has a code", error.code().isNotEmpty())
        }
        val frame = CameraFrame(ByteBuffer.allocateDirect(640 * 480), 640, 480, 640)
        check("frames flow", client.frameScanner().scan(flowOf(frame)).toList().size <= 1)
        val code = client.readText(text)
        val pending = client.scanned(code)
        check("a decision can be made", pending.toString().isNotEmpty())
        pending.confirm()
        check("the log is heard", lines > 0)
    }
}
