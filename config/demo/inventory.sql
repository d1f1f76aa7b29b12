-- ELM, the "equipment and location master" of 1998, as the demo Seller still runs it.
-- Plain SQL: the same text makes the tables on SQLite and on PostgreSQL.
--
-- What to know before reading it (docs/demo-estate.md has the long version):
--   * CHAR columns are blank-padded: by PostgreSQL itself, on SQLite because the unload wrote the blanks. Rows of later
--     loads are not padded. Compare TRIM(column).
--   * Speeds are kbit/s, kept as text, some with blanks around them, some missing.
--   * Dates are numbers YYYYMMDD. 0 and NULL mean "never", 99991231 means "open".
--   * Flags are 'Y', 'N', blank or NULL. Blank and NULL mean that nobody has looked yet.
--   * T_LOC holds addresses (LOC_TYP_CD 'A') and sites (LOC_TYP_CD 'S', the address is in PRNT_LOC_CD).
--   * ENPRT_MST holds ENNI ports (PRT_TYP_CD 'E') and UNI ports (PRT_TYP_CD 'U').
--   * CUST_XREF joins Buyers (XREF_TYP 'BUYR') to customer numbers. The same table holds billing accounts ('BILL').

CREATE TABLE T_LOC (
  LOC_CD      CHAR(24) NOT NULL PRIMARY KEY,
  LOC_TYP_CD  CHAR(1)  NOT NULL,
  PRNT_LOC_CD CHAR(24),
  HSE_NO      VARCHAR(8),
  STR_NM      VARCHAR(60),
  CTY_NM      VARCHAR(40),
  ZIP_CD      VARCHAR(10),
  CTRY_CD     CHAR(2),
  MTR_CD      CHAR(3),
  NIM_SITE_NO VARCHAR(12),
  ACT_FLG     CHAR(1),
  WDRN_DT     INTEGER,
  LST_SRV_DT  INTEGER
);

CREATE TABLE CUST_XREF (
  XREF_TYP CHAR(4)     NOT NULL,
  EXT_ID   VARCHAR(40) NOT NULL,
  CUST_NO  INTEGER     NOT NULL,
  EFF_DT   INTEGER,
  END_DT   INTEGER,
  PRIMARY KEY (XREF_TYP, EXT_ID, CUST_NO)
);

CREATE TABLE ENPRT_MST (
  PRT_KEY     INTEGER  NOT NULL PRIMARY KEY,
  PRT_REF     CHAR(20) NOT NULL,
  PRT_TYP_CD  CHAR(1)  NOT NULL,
  CUST_NO     INTEGER,
  LOC_CD      CHAR(24),
  MTR_CD      CHAR(3),
  PRT_STAT_CD CHAR(1),
  SPD_KB      VARCHAR(12),
  USED_KB     VARCHAR(12)
);

CREATE TABLE OFR_CAT (
  OFR_ID     CHAR(6)     NOT NULL PRIMARY KEY,
  OFR_NM     VARCHAR(40) NOT NULL,
  NIM_PRD_CD CHAR(8),
  MAX_KB     INTEGER,
  SELL_FLG   CHAR(1),
  TERM_DT    INTEGER
);

CREATE TABLE SVC_INST (
  SVC_ID      CHAR(24) NOT NULL PRIMARY KEY,
  CUST_NO     INTEGER  NOT NULL,
  OFR_ID      CHAR(6)  NOT NULL,
  SVC_STAT_CD CHAR(2),
  ENNI_KEY    INTEGER,
  UNI_KEY     INTEGER,
  LOC_CD      CHAR(24),
  CIR_KB      VARCHAR(12),
  EIR_KB      VARCHAR(12),
  INST_DT     INTEGER
);

-- Addresses of the demo's stories, as unloaded (padded).
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-1     ','A',NULL,'350','Canal Street','New York','10013','US','NYC','NB-10001','Y',0,20240315);
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-2     ','A',NULL,'60','Hudson Yards Lane','New York','10001','US','NYC','NB-10002','Y',0,20240902);
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-3     ','A',NULL,'12','Wallabout Court','New York','11205','US','NYC','NB-10003','Y',NULL,20230120);
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-4     ','A',NULL,'1','Old Fulton Pier','New York','11201','US','NYC','NB-10004','Y',20191231,20050607);
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-5     ','A',NULL,'77','Bleecker Passage','New York','10012','US','NYC','NB-10005',NULL,0,0);
INSERT INTO T_LOC VALUES ('NewYorkAddress-id-6     ','A',NULL,'200','Varick Row','New York','10014','US','NYC','NB-10006',' ',0,0);
INSERT INTO T_LOC VALUES ('ChicagoAddress-id-1     ','A',NULL,'410','Wacker Quay','Chicago','60606','US','CHI','NB-10101','Y',0,20220811);
INSERT INTO T_LOC VALUES ('ChicagoAddress-id-2     ','A',NULL,'9','Pilsen Yard','Chicago','60608','US','CHI','NB-10102','Y',0,20210704);
INSERT INTO T_LOC VALUES ('ChicagoAddress-id-3     ','A',NULL,'1500','Lakeside Drive','Chicago','60611','US','CHI','NB-10103','Y',0,20210704);
INSERT INTO T_LOC VALUES ('BerlinAddress-id-1      ','A',NULL,'4a','Lindenallee','Berlin','10969','DE','BER','NB-10201','Y',0,20230505);
INSERT INTO T_LOC VALUES ('BerlinAddress-id-2      ','A',NULL,'17','Am Köllnischen Ufer','Berlin','10179','DE','BER','NB-10202','Y',0,20230505);
INSERT INTO T_LOC VALUES ('MuenchenAddress-id-1    ','A',NULL,'8','Isartorplatz','München','80331','DE','MUC','NB-10301','Y',0,20230911);
INSERT INTO T_LOC VALUES ('MuenchenAddress-id-2    ','A',NULL,'23','Türkenhofstraße','München','80799','DE','MUC','NB-10302','Y',0,20230911);
INSERT INTO T_LOC VALUES ('MuenchenAddress-id-3    ','A',NULL,'5','Großmarktweg','München','81371','DE','MUC','NB-10303','Y',0,20230911);
INSERT INTO T_LOC VALUES ('LondonAddress-id-1      ','A',NULL,'30','Tabernacle Wharf','London','EC2A 4DD','GB','LON','NB-10499','Y',0,20180401);
INSERT INTO T_LOC VALUES ('LondonAddress-id-2      ','A',NULL,'2','Limehouse Steps','London','E14 8EN','GB','LON',NULL,'Y',0,20180401);
INSERT INTO T_LOC VALUES ('LondonAddress-id-3      ','A',NULL,'11','Shad Thames Mews','London','SE1 2YE','GB','LON','NB-10403','Y',0,20240110);

-- Addresses of the load of 2004 (not padded).
INSERT INTO T_LOC VALUES ('LOC-000101','A',NULL,'88','Front Street','Toronto','M5J 1E6','CA','TOR','NB-20101','Y',0,20230101);
INSERT INTO T_LOC VALUES ('LOC-000102','A',NULL,'14','Queen''s Quay','Toronto','M5J 2N8','CA','TOR','NB-20102','Y',0,20230101);
INSERT INTO T_LOC VALUES ('LOC-000103','A',NULL,'1010','Rue Saint-Grégoire','Montréal','H2J 2Y9','CA','YMQ','NB-20103','Y',0,20230101);
INSERT INTO T_LOC VALUES ('LOC-000104','A',NULL,'7','Avenue du Mont-Côté','Montréal','H2T 1L1','CA','YMQ','NB-20104','Y',20220630,20150101);
INSERT INTO T_LOC VALUES ('LOC-000105','A',NULL,'3','Ancoats Basin','Manchester','M4 6LF','GB','MAN','NB-20105','Y',NULL,20220217);
INSERT INTO T_LOC VALUES ('LOC-000106','A',NULL,'21','Liberty Quay','Dublin','D08 X2Y3','IE','DUB','NB-20106','Y',0,20220217);
INSERT INTO T_LOC VALUES ('LOC-000107','A',NULL,'5','Rue de l''Échiquier','Paris','75010','FR','PAR','NB-20107','Y',0,20231130);
INSERT INTO T_LOC VALUES ('LOC-000108','A',NULL,'19','Quai de la Rapée Nord','Paris','75012','FR','PAR','NB-20108','N',0,20231130);
INSERT INTO T_LOC VALUES ('LOC-000109','A',NULL,'40','Domhof','Köln','50667','DE','CGN','NB-20109','Y',0,20230214);
INSERT INTO T_LOC VALUES ('LOC-000110','A',NULL,'6','Löwenbräugasse','Zürich','8005','CH','ZRH','NB-20110','Y',0,20240222);
INSERT INTO T_LOC VALUES ('LOC-000111','A',NULL,'33','Hardturmweg','Zürich','8005','CH','ZRH','NB-20111','Y',0,20240222);
INSERT INTO T_LOC VALUES ('LOC-000112','A',NULL,'2bis','Rue des Pâquis-Sud','Genève','1201','CH','GVA','NB-20112','Y',0,20240222);
INSERT INTO T_LOC VALUES ('LOC-000113','A',NULL,'9','Rochusgasse','Wien','1030','AT','VIE','NB-20113','Y',0,20211019);
INSERT INTO T_LOC VALUES ('LOC-000114','A',NULL,'15','ulica Świętokrzyska','Kraków','30-015','PL','KRK','NB-20114','Y',0,20220908);
INSERT INTO T_LOC VALUES ('LOC-000115','A',NULL,'71','ulica Włókiennicza','Łódź','90-116','PL','LDZ','NB-20115','Y',0,NULL);
INSERT INTO T_LOC VALUES ('LOC-000116','A',NULL,'4','Křižíkova třída','Praha','186 00','CZ','PRG','NB-20116','Y',0,20220908);
INSERT INTO T_LOC VALUES ('LOC-000117','A',NULL,'28','Åboulevarden Vest','Århus','8000','DK','AAR','NB-20117','Y',0,20200520);
INSERT INTO T_LOC VALUES ('LOC-000118','A',NULL,'13','Östra Varvsgatan','Malmö','211 75','SE','MMA','NB-20118','Y',0,20200520);
INSERT INTO T_LOC VALUES ('LOC-000119','A',NULL,'1','Þórsgata','Reykjavík','101','IS','REK','NB-20119',' ',0,NULL);
INSERT INTO T_LOC VALUES ('LOC-000120','A',NULL,'55','Rua da Conceição Velha','Lisboa','1100-150','PT','LIS','NB-20120','Y',0,20190606);
INSERT INTO T_LOC VALUES ('LOC-000121','A',NULL,'900','Avenida São João Novo','São Paulo','01036-100','BR','SAO','NB-20121','Y',0,20190606);
INSERT INTO T_LOC VALUES ('LOC-000122','A',NULL,'3','Οδός Ερμού','Αθήνα','105 63','GR','ATH','NB-20122','Y',0,20190606);
INSERT INTO T_LOC VALUES ('LOC-000123','A',NULL,'2-7-1','丸の内','東京','100-0005','JP','TYO','NB-20123','Y',0,20230330);
INSERT INTO T_LOC VALUES ('LOC-000124','A',NULL,'10','вулиця Січових','Київ','01054','UA','IEV',NULL,'Y',0,NULL);
-- The same building twice: two records that nobody dared to merge.
INSERT INTO T_LOC VALUES ('LOC-000125','A',NULL,'100','Canal House','London','N1 9RF','GB','LON','NB-20125','Y',0,20110101);
INSERT INTO T_LOC VALUES ('LOC-000126','A',NULL,'100','Canal House','London','N1 9RF','GB','LON','NB-20125','Y',0,20160101);

-- Sites: rooms in the buildings above. A site has no Nimbus number of its own.
INSERT INTO T_LOC VALUES ('SITE-NYC-0001           ','S','NewYorkAddress-id-1     ',NULL,'Floor 4, meet-me room',NULL,NULL,NULL,'NYC',NULL,'Y',0,20240315);
INSERT INTO T_LOC VALUES ('SITE-NYC-0002           ','S','NewYorkAddress-id-2     ',NULL,'Cage 12',NULL,NULL,NULL,'NYC',NULL,'Y',0,20240902);
INSERT INTO T_LOC VALUES ('SITE-ZRH-0001','S','LOC-000110',NULL,'Raum 2.17',NULL,NULL,NULL,'ZRH',NULL,'Y',0,20240222);
INSERT INTO T_LOC VALUES ('SITE-PAR-0001','S','LOC-000108',NULL,'Local technique B',NULL,NULL,NULL,'PAR',NULL,'Y',0,20231130);
INSERT INTO T_LOC VALUES ('SITE-LOST-001','S','LOC-GONE',NULL,'Kept after its building was deleted',NULL,NULL,NULL,NULL,NULL,'Y',0,NULL);

-- demo-buyer has two customer numbers since it bought a competitor, and one of a contract that ended.
INSERT INTO CUST_XREF VALUES ('BUYR','demo-buyer',100482,19981103,99991231);
INSERT INTO CUST_XREF VALUES ('BUYR','demo-buyer',100483,20110701,99991231);
INSERT INTO CUST_XREF VALUES ('BUYR','demo-buyer',100100,19990101,20191231);
INSERT INTO CUST_XREF VALUES ('BUYR','other-buyer',200915,20030415,99991231);
INSERT INTO CUST_XREF VALUES ('BILL','demo-buyer',100482,19981103,99991231);
INSERT INTO CUST_XREF VALUES ('BILL','INV-77120',100483,20110701,99991231);
INSERT INTO CUST_XREF VALUES ('BILL','other-buyer',100482,20160101,20160131);

-- ENNI ports.
INSERT INTO ENPRT_MST VALUES (90011,'SP1_ENNI            ','E',100482,NULL,'NYC','A','40000000','12500000');
INSERT INTO ENPRT_MST VALUES (90012,'SP2_ENNI            ','E',100483,NULL,'CHI','A','  10000000  ','2000000 ');
INSERT INTO ENPRT_MST VALUES (90013,'SP1_ENNI_FULL       ','E',100482,NULL,'NYC','A','10000000','10000000');
INSERT INTO ENPRT_MST VALUES (90014,'SP1_ENNI_RESERVED   ','E',100482,NULL,'BER','R','10000000','0');
INSERT INTO ENPRT_MST VALUES (90015,'SP1_ENNI_GONE       ','E',100482,NULL,'LON','D','1000000','0');
INSERT INTO ENPRT_MST VALUES (90016,'SP1_ENNI_UNMEASURED ','E',100482,NULL,'LON','A','10000000',NULL);
INSERT INTO ENPRT_MST VALUES (90017,'SP1_ENNI_BARRED     ','E',100482,NULL,'MUC','A','10000000','0');
INSERT INTO ENPRT_MST VALUES (90018,'SP1_ENNI_NOSTATUS','E',100482,NULL,'PAR',NULL,'10000000','0');
INSERT INTO ENPRT_MST VALUES (90019,'SP1_ENNI_ENDED','E',100100,NULL,'NYC','A','10000000','0');
INSERT INTO ENPRT_MST VALUES (90021,'OB_ENNI','E',200915,NULL,'NYC','A','10000000','0');
INSERT INTO ENPRT_MST VALUES (90022,'SPARE_ENNI','E',NULL,NULL,'NYC','R','10000000',NULL);

-- UNI ports.
INSERT INTO ENPRT_MST VALUES (90101,'SP1_UNI             ','U',100482,'NewYorkAddress-id-2     ','NYC','A','10000000','5000000');
INSERT INTO ENPRT_MST VALUES (90102,'NewYork_UNI         ','U',100483,'NewYorkAddress-id-2     ','NYC','A','1000000','70000');
INSERT INTO ENPRT_MST VALUES (90103,'SP1_UNI_GONE        ','U',100482,'ChicagoAddress-id-3     ','CHI','D','1000000','0');
INSERT INTO ENPRT_MST VALUES (90104,'OB_UNI','U',200915,'NewYorkAddress-id-2     ','NYC','A','1000000','0');

-- What is sold, and its code in Nimbus. MAX_KB of UNI offerings is the fastest port.
INSERT INTO OFR_CAT VALUES ('000073','Access E-Line Premium','AEL-P   ',10000000,'Y',0);
INSERT INTO OFR_CAT VALUES ('000074','Operator UNI','UNI     ',10000000,'Y',0);
INSERT INTO OFR_CAT VALUES ('000166','Access E-Line Standard','AEL-S   ',1000000,'Y',NULL);
INSERT INTO OFR_CAT VALUES ('000180','Access E-Line Basic','AEL-B   ',100000,'Y',99991231);
INSERT INTO OFR_CAT VALUES ('000190','Access E-Line Classic','AEL-C   ',10000,'N',20201231);
INSERT INTO OFR_CAT VALUES ('000501','Internet 100','IA-100  ',100000,'Y',0);
INSERT INTO OFR_CAT VALUES ('000502','Internet 500','IA-500  ',500000,'Y',0);
INSERT INTO OFR_CAT VALUES ('000503','Internet 1000','IA-1000 ',1000000,'Y',0);

-- Products in service (and not any more).
INSERT INTO SVC_INST VALUES ('AccessElineOVC-0001     ',100482,'000073','IS',90011,90101,'NewYorkAddress-id-2     ','500000','5000000',20210614);
INSERT INTO SVC_INST VALUES ('AccessElineOVC-0002     ',100482,'000166','PD',90011,90101,'NewYorkAddress-id-2     ','100000 ','100000',20180302);
INSERT INTO SVC_INST VALUES ('AccessElineOVC-0003     ',100483,'000180','IS',90012,90102,'NewYorkAddress-id-2     ','50000','70000',20190411);
INSERT INTO SVC_INST VALUES ('AccessElineOVC-0004     ',100482,'000190','DC',90011,90101,'NewYorkAddress-id-2     ',NULL,NULL,20020101);
INSERT INTO SVC_INST VALUES ('AccessElineOVC-0900',200915,'000073','IS',90021,90104,'NewYorkAddress-id-2     ','1000000','1000000',20220101);
INSERT INTO SVC_INST VALUES ('InternetAccess-0001',100482,'000501','IS',NULL,NULL,'LOC-000110','100000','0',20230815);
