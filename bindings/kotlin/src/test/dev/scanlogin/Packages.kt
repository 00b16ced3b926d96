package dev.scanlogin

import kotlin.test.assertEquals
import kotlin.test.assertTrue

fun Tests.packages() {
    test("the tests have all of the library from the JAR") {
        val jar = ScanLoginClient::class.java.protectionDomain.codeSource.location.path
        assertTrue(jar.endsWith("/scan-login.jar"), jar)
        assertEquals(null, System.getProperty("jna.library.path"))
    }
}
