package interop;

/**
 * What Spring's STOMP client is asked to do.
 *
 * <pre>
 * Main URL NAME    runs one check, and fails with what was wrong
 * Main --list      the names of all
 * </pre>
 */
public final class Main {
    public static void main(String[] arguments) {
        if (arguments[0].equals("--list")) {
            Checks.ALL.keySet().forEach(System.out::println);
            return;
        }
        int status = 0;
        try {
            Checks.ALL.get(arguments[1]).run(new Connector(arguments[0]));
        } catch (Throwable error) {
            error.printStackTrace();
            status = 1;
        }
        // The library's threads would keep the process.
        System.exit(status);
    }
}
