package dev.scanlogin

import java.io.InputStream
import java.util.zip.ZipFile
import java.util.zip.ZipInputStream
import javax.xml.parsers.DocumentBuilderFactory
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** Where the classes are that an app has on its class path. */
private val jar = ScanLoginClient::class.java.protectionDomain.codeSource.location.path

private fun files(archive: InputStream) = ZipInputStream(archive).use { zip ->
    generateSequence { zip.nextEntry }.filterNot { it.isDirectory }.map { it.name }.toSet()
}

fun Tests.packages() {
    test("the tests have all of the library from the JAR") {
        assertTrue(jar.endsWith("/scan-login.jar"), jar)
        assertEquals(null, System.getProperty("jna.library.path"))
    }

    test("the AAR has the classes, the library, a manifest, and rules for R8") {
        ZipFile(System.getProperty("aar")).use { aar ->
            fun open(name: String) = aar.getInputStream(aar.getEntry(name))
            val library = "jni/x86_64/libscan_login_ffi.so"
            val expected = setOf("AndroidManifest.xml", "R.txt", "classes.jar", "proguard.txt", library)
            assertEquals(expected, aar.entries().asSequence().filterNot { it.isDirectory }.map { it.name }.toSet())
            assertEquals(files(java.io.File(jar).inputStream()), files(open("classes.jar")) + "linux-x86-64/libscan_login_ffi.so")

            val manifest = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(open("AndroidManifest.xml")).documentElement
            fun attribute(element: String, name: String) =
                manifest.getElementsByTagName(element).item(0).attributes.getNamedItem(name).nodeValue
            assertEquals("dev.scanlogin", manifest.getAttribute("package"))
            assertEquals("23", attribute("uses-sdk", "android:minSdkVersion"))
            assertEquals("android.permission.INTERNET", attribute("uses-permission", "android:name"))
            assertTrue(ScanLoginClient::class.java.name.startsWith("dev.scanlogin."))
            val rules = open("proguard.txt").reader().readLines()
            for (kept in listOf("com.sun.jna", "dev.scanlogin")) assertTrue("-keep class $kept.** { *; }" in rules, "$rules")
        }
    }
}
