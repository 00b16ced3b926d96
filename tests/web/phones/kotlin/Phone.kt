package dev.scanlogin.phone

import dev.scanlogin.ApiVersion
import dev.scanlogin.ScanLoginClient
import dev.scanlogin.ScanLoginConfig
import dev.scanlogin.ScanLoginException
import dev.scanlogin.UserToken
import java.io.File
import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking

/** A phone on the command line, with the options and the words of the `approve` example. */
fun main(arguments: Array<String>) {
    val options = arguments.toList().chunked(2).associate { (name, value) -> name to value }
    try {
        runBlocking { approve(options) }
    } catch (refusal: ScanLoginException) {
        System.err.println("phone: ${refusal.message}")
        exitProcess(1)
    }
}

private suspend fun approve(options: Map<String, String>) {
    val config = ScanLoginConfig(
        appId = options.getValue("--app-id"),
        userPoolId = options.getValue("--user-pool-id"),
        baseUrl = options.getValue("--host"),
    ) {
        api = ApiVersion.valueOf(options.getValue("--api").uppercase())
        allowInsecureLoopback = true
        rootCertificates = options["--root-certificate"]?.let { listOf(File(it).readText()) }
    }
    val token = System.getenv("SCAN_LOGIN_TOKEN")
    val client = ScanLoginClient(config) { refresh -> if (refresh) null else UserToken(token) }
    val login = client.scanned(client.readImage(File(options.getValue("--image")).readBytes()))
    println("marked the code scanned")
    for ((name, value) in login.code.claims) println("the code claims $name: $value")
    if (readln() == "yes") login.confirm() else login.cancel()
}
