import java.sql.*;
import java.util.*;

/** Reads from a running `confluentql serve --sandbox` with pgjdbc. Arguments: the JDBC URL with user and password. */
class Jdbc {
    static final int USERS = 140;
    static int failures = 0;

    interface Test {
        void run() throws Exception;
    }

    static void check(String name, Test test) {
        long begun = System.nanoTime();
        try {
            test.run();
            System.out.printf("ok      pgjdbc: %s (%d ms)%n", name, (System.nanoTime() - begun) / 1_000_000);
        } catch (Throwable error) {
            failures++;
            System.out.printf("FAILED  pgjdbc: %s: %s%n", name, error);
        }
    }

    static void same(Object found, Object expected) {
        if (!Objects.equals(found, expected)) throw new AssertionError("found " + found + ", expected " + expected);
    }

    static Connection connect(String url, String... options) throws SQLException {
        return DriverManager.getConnection(url + "&" + String.join("&", options));
    }

    static int count(ResultSet rows) throws SQLException {
        int n = 0;
        while (rows.next()) n++;
        return n;
    }

    static List<String> texts(ResultSet rows) throws SQLException {
        List<String> found = new ArrayList<>();
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            StringBuilder line = new StringBuilder();
            for (int i = 1; i <= columns; i++) line.append(rows.getString(i)).append('|');
            found.add(line.toString());
        }
        Collections.sort(found);
        return found;
    }

    public static void main(String[] args) throws Exception {
        String url = args[0];
        check("DatabaseMetaData", () -> {
            try (Connection c = connect(url)) {
                DatabaseMetaData m = c.getMetaData();
                Set<String> schemas = new HashSet<>();
                try (ResultSet r = m.getSchemas()) { while (r.next()) schemas.add(r.getString("TABLE_SCHEM")); }
                same(schemas.containsAll(List.of("iam", "kafka", "public")), true);
                Set<String> tables = new HashSet<>();
                try (ResultSet r = m.getTables(null, "iam", "%", new String[] {"TABLE"})) { while (r.next()) tables.add(r.getString("TABLE_NAME")); }
                same(tables.containsAll(List.of("users", "invitations")), true);
                Map<String, Integer> types = new HashMap<>();
                try (ResultSet r = m.getColumns(null, "iam", "invitations", "%")) { while (r.next()) types.put(r.getString("COLUMN_NAME"), r.getInt("DATA_TYPE")); }
                same(types.get("id"), Types.VARCHAR);
                same(types.get("expires_at"), Types.TIMESTAMP);
                try (ResultSet r = m.getPrimaryKeys(null, "iam", "users")) { same(count(r), 0); }
                try (ResultSet r = m.getImportedKeys(null, "iam", "users")) { same(count(r), 0); }
                try (ResultSet r = m.getExportedKeys(null, "iam", "users")) { same(count(r), 0); }
                try (ResultSet r = m.getIndexInfo(null, "iam", "users", false, true)) { same(count(r), 0); }
                try (ResultSet r = m.getTypeInfo()) { same(count(r) > 50, true); }
                try (ResultSet r = m.getCatalogs()) { same(count(r) > 0, true); }
                try (ResultSet r = m.getTableTypes()) { same(count(r) > 3, true); }
                try (ResultSet r = m.getTablePrivileges(null, "iam", "users")) { same(count(r) > 0, true); }
                try (ResultSet r = m.getColumnPrivileges(null, "iam", "users", "id")) { count(r); }
                try (ResultSet r = m.getProcedures(null, "iam", "%")) { same(count(r), 0); }
                try (ResultSet r = m.getFunctions(null, "pg_catalog", "lower")) { same(count(r) > 0, true); }
                try (ResultSet r = m.getBestRowIdentifier(null, "iam", "users", DatabaseMetaData.bestRowSession, true)) { count(r); }
                try (ResultSet r = m.getVersionColumns(null, "iam", "users")) { count(r); }
                try (ResultSet r = m.getUDTs(null, "iam", "%", null)) { count(r); }
                try (ResultSet r = m.getClientInfoProperties()) { count(r); }
                same(m.getMaxColumnNameLength(), 63);
                same(m.getDatabaseProductName(), "PostgreSQL");
                same(m.getSQLKeywords().length() > 0, true);
            }
        });
        String sql = "SELECT id, email, expires_at, creator, accepted_at FROM iam.invitations";
        List<String> expected;
        try (Connection c = connect(url); ResultSet r = c.createStatement().executeQuery(sql + " ORDER BY id")) {
            expected = texts(r);
        }
        for (String options : List.of("prepareThreshold=5", "prepareThreshold=-1", "prepareThreshold=1", "preferQueryMode=simple", "preferQueryMode=extendedForPrepared", "binaryTransfer=false"))
            check("the same rows with " + options, () -> {
                try (Connection c = connect(url, options)) {
                    PreparedStatement one = c.prepareStatement("SELECT count(*) FROM iam.users WHERE auth_type = ?");
                    for (int i = 0; i < 8; i++) {
                        one.setString(1, i % 2 == 0 ? "AUTH_TYPE_SSO" : "AUTH_TYPE_LOCAL");
                        try (ResultSet r = one.executeQuery()) { r.next(); same(r.getInt(1), i % 2 == 0 ? 107 : 33); }
                    }
                    for (int i = 0; i < 7; i++)
                        try (ResultSet r = c.prepareStatement(sql).executeQuery()) { same(texts(r), expected); }
                }
            });
        check("fetchSize", () -> {
            try (Connection c = connect(url)) {
                c.setAutoCommit(false);
                for (String from : List.of("SELECT id FROM iam.users", "SELECT id FROM iam.users ORDER BY email"))
                    for (int size : List.of(1, 7, 70, 140, 1000)) {
                        Statement s = c.createStatement();
                        s.setFetchSize(size);
                        try (ResultSet r = s.executeQuery(from)) { same(count(r), USERS); }
                    }
                Statement s = c.createStatement();
                s.setMaxRows(9);
                try (ResultSet r = s.executeQuery("SELECT id FROM iam.users")) { same(count(r), 9); }
            }
        });
        String slow = "SELECT count(*) FROM generate_series(1, 2000000000)";
        check("setQueryTimeout, cancel", () -> {
            try (Connection c = connect(url); Statement s = c.createStatement()) {
                s.setQueryTimeout(1);
                same(stateOf(s, slow), "57014");
                s.setQueryTimeout(0);
                Thread other = new Thread(() -> {
                    try {
                        Thread.sleep(500);
                        s.cancel();
                    } catch (Exception error) {
                        throw new RuntimeException(error);
                    }
                });
                other.start();
                same(stateOf(s, slow), "57014");
                other.join();
                try (ResultSet r = s.executeQuery("SELECT count(*) FROM iam.users")) { r.next(); same(r.getInt(1), USERS); }
            }
        });
        check("errors, read-only, savepoints, batches", () -> {
            try (Connection c = connect(url); Statement s = c.createStatement()) {
                same(stateOf(s, "SELECT nothing FROM iam.users"), "42703");
                same(stateOf(s, "DELETE FROM iam.users WHERE id = 'u-1'"), "25006");
                c.setReadOnly(true);
                c.setAutoCommit(false);
                c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                Savepoint point = c.setSavepoint();
                same(stateOf(s, "SELECT 1/0"), "22012");
                c.rollback(point);
                try (ResultSet r = s.executeQuery("SELECT 1")) { same(r.next(), true); }
                c.commit();
            }
        });
        check("types", () -> {
            try (Connection c = connect(url, "prepareThreshold=-1"); ResultSet r = c.createStatement().executeQuery("SELECT partitions_count, is_internal, topic_name FROM kafka.topics")) {
                same(r.getMetaData().getColumnType(1), Types.BIGINT);
                same(r.getMetaData().getColumnType(2), Types.BIT);
                same(r.next(), true);
                same(r.getLong(1) > 0, true);
                same(r.getObject(2) instanceof Boolean, true);
            }
        });
        check("a wrong password", () -> {
            try (Connection c = DriverManager.getConnection(url.replaceAll("password=[^&]*", "password=wrong-password"))) {
                throw new AssertionError("let in");
            } catch (SQLException error) {
                same(error.getSQLState(), "28P01");
            }
        });
        System.exit(failures == 0 ? 0 : 1);
    }

    static String stateOf(Statement s, String sql) {
        try {
            s.executeQuery(sql).close();
            return null;
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }
}
