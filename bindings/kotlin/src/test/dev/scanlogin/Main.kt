package dev.scanlogin

import kotlin.system.exitProcess
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

/** The tests by their names, in the order in which they run. */
class Tests {
    val all = mutableListOf<Pair<String, suspend () -> Unit>>()

    fun test(name: String, body: suspend () -> Unit) {
        all += name to body
    }
}

fun main() {
    val tests = Tests().apply {
        approvals()
        errors()
        tokens()
        cancellation()
        frames()
        secrets()
        packages()
        costs()
    }
    var failed = 0
    for ((name, body) in tests.all) {
        try {
            runBlocking { withTimeout(60_000) { body() } }
        } catch (problem: Throwable) {
            failed++
            println("FAILED: $name")
            problem.printStackTrace(System.out)
        }
    }
    println("kotlin: ${tests.all.size - failed} passed, $failed failed")
    // Threads of the JDK's HTTP client outlive main.
    exitProcess(if (failed == 0) 0 else 1)
}
