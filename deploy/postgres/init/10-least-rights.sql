-- Once, on a new volume. What every role may do by default and no service needs; `tanggap migrate` does the rest.
REVOKE TEMPORARY ON DATABASE tanggap FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
