import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import org.codehaus.mojo.animal_sniffer.SignatureBuilder;
import org.codehaus.mojo.animal_sniffer.SignatureChecker;
import org.codehaus.mojo.animal_sniffer.logging.Logger;

/** ApiCheck SIGNATURES CLASSES KNOWN...: prints what CLASSES ask for and none of KNOWN has. */
public class ApiCheck implements Logger {
    public static void main(String[] arguments) throws Exception {
        File signatures = new File(arguments[0]);
        Logger log = new ApiCheck();
        try (FileOutputStream out = new FileOutputStream(signatures)) {
            SignatureBuilder builder = new SignatureBuilder(out, log);
            for (int i = 2; i < arguments.length; i++) builder.process(new File(arguments[i]));
            builder.close();
        }
        try (FileInputStream in = new FileInputStream(signatures)) {
            SignatureChecker checker = new SignatureChecker(in, new HashSet<>(), log);
            checker.setSourcePath(new ArrayList<>());
            checker.process(new File(arguments[1]));
        }
    }

    @Override public void info(String message) {}
    @Override public void info(String message, Throwable cause) {}
    @Override public void debug(String message) {}
    @Override public void debug(String message, Throwable cause) {}
    @Override public void warn(String message) { System.err.println(message); }
    @Override public void warn(String message, Throwable cause) { System.err.println(message + ": " + cause); }
    @Override public void error(String message) { System.out.println("missing: " + message.replaceAll("^.*/(?=[^/]*\\.class)", "")); }
    @Override public void error(String message, Throwable cause) { throw new IllegalStateException(message, cause); }
}
