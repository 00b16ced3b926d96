package dev.scanlogin

import android.graphics.Bitmap
import androidx.camera.core.ImageProxy
import dev.scanlogin.samples.codeIn
import dev.scanlogin.samples.firstCode
import java.nio.ByteBuffer
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList

const val WIDTH = 1280
const val HEIGHT = 720
const val ROW_STRIDE = 1344

fun direct(bytes: ByteArray): ByteBuffer = ByteBuffer.allocateDirect(bytes.size).apply { put(bytes) }

private fun frame(plane: ByteBuffer, release: () -> Unit = {}) =
    CameraFrame(plane, WIDTH, HEIGHT, ROW_STRIDE, release = release)

fun Tests.frames() {
    test("a padded camera plane is read, and reported once") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val scanner = server.client().frameScanner()
            val found = assertIs<FrameResult.Found>(scanner.scan(frame(plane, closed::incrementAndGet)))
            assertEquals(server.pool, found.code.userPoolId)
            assertEquals(4, found.corners.size)
            assertIs<FrameResult.StillInView>(scanner.scan(frame(plane, closed::incrementAndGet)))
            assertEquals(2, closed.get())
        }
    }

    test("any kind of buffer is read, from its start, and left as it was") {
        Server().use { server ->
            val bytes = server.plane(server.makeCode())
            val padded = direct(ByteArray(100) + bytes)
            val sliced = padded.apply { position(100) }.slice()
            for (buffer in listOf(
                direct(bytes), direct(bytes).asReadOnlyBuffer(), sliced, ByteBuffer.wrap(bytes), ByteBuffer.wrap(bytes).asReadOnlyBuffer(),
                ByteBuffer.wrap(ByteArray(7) + bytes, 7, bytes.size).slice(), ByteBuffer.wrap(bytes).apply { position(1000) },
            )) {
                val position = buffer.position()
                assertIs<FrameResult.Found>(server.client().frameScanner().scan(frame(buffer)), "$buffer")
                assertEquals(position, buffer.position())
            }
            val scanner = server.client().frameScanner()
            assertIs<FrameResult.Found>(scanner.scan(frame(ByteBuffer.wrap(bytes))))
            assertIs<FrameResult.StillInView>(scanner.scan(frame(ByteBuffer.wrap(bytes))))
        }
    }

    test("a frame that was looked at or closed is not read again") {
        Server().use { server ->
            val client = server.client()
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val (used, unused) = List(2) { frame(plane, closed::incrementAndGet) }
            val scanner = client.frameScanner()
            assertIs<FrameResult.Found>(scanner.scan(used))
            unused.close()
            for (gone in listOf(used, unused)) {
                val refused = assertIs<FrameResult.Refused>(scanner.scan(gone)).error
                assertIs<ScanLoginException.UnreadableImage>(refused)
                assertIs<ScanLoginException.UnreadableImage>(runCatching { client.readFrame(gone) }.exceptionOrNull())
            }
            assertEquals(2, closed.get())
        }
    }

    test("a camera that takes its frames back with an exception harms no scan") {
        Server().use { server ->
            val client = server.client()
            val plane = direct(server.plane(server.makeCode()))
            fun frame() = frame(plane) { throw AssertionError("the camera is gone") }
            assertIs<FrameResult.Found>(client.frameScanner().scan(frame()))
            assertEquals(server.pool, client.readFrame(frame()).userPoolId)
            assertIs<FrameResult.Found>(client.scan(flow { emit(frame()) }).toList().single())
        }
    }

    test("frames that cannot be are refused, and closed") {
        Server().use { server ->
            val scanner = server.client().frameScanner()
            val plane = ByteBuffer.allocateDirect(100)
            for (make in listOf<(Runnable) -> CameraFrame>(
                { CameraFrame(plane, WIDTH, HEIGHT, ROW_STRIDE, 1, it) },
                { CameraFrame(plane, -1, 10, 10, 1, it) },
                { CameraFrame(plane, 10, 10, -10, 1, it) },
                { CameraFrame(plane, 10, 10, 10, 0, it) },
                { CameraFrame(ByteBuffer.allocate(0), 10, 10, 10, 1, it) },
                { CameraFrame(plane, Int.MAX_VALUE, Int.MAX_VALUE, Int.MAX_VALUE, Int.MAX_VALUE, it) },
            )) {
                val closed = AtomicInteger()
                val error = assertIs<FrameResult.Refused>(scanner.scan(make { closed.incrementAndGet() })).error
                assertIs<ScanLoginException.UnreadableImage>(error)
                assertEquals(1, closed.get())
            }
        }
    }

    test("a decoded picture is read with care, and closed") {
        Server().use { server ->
            val closed = AtomicInteger()
            val client = server.client()
            val plane = server.plane(server.makeCode())
            assertEquals(server.pool, client.readFrame(frame(ByteBuffer.wrap(plane), closed::incrementAndGet)).userPoolId)
            val wrong = runCatching { client.readFrame(frame(ByteBuffer.allocate(9), closed::incrementAndGet)) }.exceptionOrNull()
            assertEquals(ImageFlaw.BAD_LAYOUT, assertIs<ScanLoginException.UnreadableImage>(wrong).flaw)
            assertEquals(2, closed.get())

            val colors = IntArray(WIDTH * HEIGHT) { at ->
                val luma = plane[at / WIDTH * ROW_STRIDE + at % WIDTH].toInt() and 0xFF
                // What is light is transparent, with dark pixels below.
                if (luma > 127) 0 else (0xFF shl 24) or (luma * 0x010101)
            }
            for (config in Bitmap.Config.values()) {
                assertEquals(server.pool, codeIn(client, Bitmap.createBitmap(colors, WIDTH, HEIGHT, config)).userPoolId)
            }
        }
    }

    test("a flow of frames drops those that come while it is busy, and closes all") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val theirs = direct(server.plane(server.makeCode(pool = "65a1b2c3d4e5f60718293c5d")))
            val closed = AtomicInteger()
            val frames = flow {
                emit(frame(theirs, closed::incrementAndGet))
                delay(500)
                repeat(100) { emit(frame(plane, closed::incrementAndGet)) }
            }
            val results = server.client().scan(frames).toList()
            assertIs<ScanLoginException.WrongUserPool>(assertIs<FrameResult.Refused>(results.first()).error)
            assertEquals(1, results.count { it is FrameResult.Found })
            assertTrue(results.size < 101, "${results.size} results")
            assertEquals(101, closed.get())
        }
    }

    test("frames that come while the app is busy with a result are dropped") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val (busy, idle) = List(2) { CompletableDeferred<Unit>() }
            val frames = flow {
                emit(frame(plane, closed::incrementAndGet))
                busy.await()
                repeat(20) {
                    emit(frame(plane, closed::incrementAndGet))
                    delay(20)
                }
                idle.complete(Unit)
            }
            var results = 0
            server.client().scan(frames).collect {
                if (results++ == 0) busy.complete(Unit)
                idle.await()
            }
            // The first, one that was looked at and one that waited, when the app was busy.
            assertTrue(results <= 3, "$results results")
            assertEquals(21, closed.get())
        }
    }

    test("a flow that is no longer collected closes what it holds") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val made = AtomicInteger()
            val frames = flow { while (true) emit(frame(plane, closed::incrementAndGet)) }.onEach { made.incrementAndGet() }
            server.client().scan(frames).take(3).toList()
            assertEquals(made.get(), closed.get())
        }
    }

    test("a camera that fails ends the flow with its failure, and closes what came before") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val closed = AtomicInteger()
            val frames = flow {
                repeat(3) { emit(frame(plane, closed::incrementAndGet)) }
                error("the camera was unplugged")
            }
            assertEquals("the camera was unplugged", runCatching { server.client().scan(frames).toList() }.exceptionOrNull()?.message)
            assertEquals(3, closed.get())
        }
    }

    test("the sample for CameraX finds the code") {
        Server().use { server ->
            val plane = direct(server.plane(server.makeCode()))
            val images = List(3) {
                object : ImageProxy {
                    override val width = WIDTH
                    override val height = HEIGHT
                    override val planes = arrayOf<ImageProxy.PlaneProxy>(object : ImageProxy.PlaneProxy {
                        override val buffer = plane
                        override val rowStride = ROW_STRIDE
                        override val pixelStride = 1
                    })

                    override fun close() {}
                }
            }
            assertEquals(server.pool, firstCode(server.client(), images.asFlow()) { error(it) }.userPoolId)
        }
    }
}
