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

/** Runs the tests, or those whose names hold the argument. */
fun main(arguments: Array<String>) {
    // The first of all, for what is done once in a process.
    val tests = Tests().apply {
        firstUse()
        approvals()
        errors()
        tokens()
        guard()
        context()
        cancellation()
        frames()
        secrets()
        policies()
        samples()
        contract()
        packages()
        costs()
        lifetimes()
    }
    val chosen = tests.all.filter { (name, _) -> arguments.all { it in name } }
    var failed = 0
    for ((name, body) in chosen) {
        try {
            runBlocking { withTimeout(120_000) { body() } }
        } catch (problem: Throwable) {
            failed++
            println("FAILED: $name")
            problem.printStackTrace(System.out)
        }
    }
    println("kotlin: ${chosen.size - failed} passed, $failed failed")
    // Threads of the JDK's HTTP client outlive main.
    exitProcess(if (failed == 0) 0 else 1)
}
